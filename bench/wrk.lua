-- Asks the next path of a file with every request, so that no cache can answer.
-- Arguments: the file of URL paths, and the line to start at (from 0).

local requests = {}
local position = 0

function init(arguments)
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  position = tonumber(arguments[2])
end

function request()
  position = position + 1
  return requests[(position - 1) % #requests + 1]
end

-- Requests per second, p50 and p99 in microseconds, failed requests, separated by tabs.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT\t%.1f\t%d\t%d\t%d\n",
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50),
    latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
