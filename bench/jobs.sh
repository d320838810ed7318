#!/usr/bin/env bash
# Measures the job board: how fast it answers, and how soon a new job reaches those who wait for it.
#   JOBS       jobs on the board                          (1000000)
#   EMPLOYERS  organizations they are of                  (20000)
#   DURATION   seconds of load per measurement            (20)
#   SEARCHES   saved searches                             (10000)
#   BURST      jobs that come at once                     (1000)
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-1000000}
employers=${EMPLOYERS:-20000}
duration=${DURATION:-20}
searches=${SEARCHES:-10000}
burst=${BURST:-1000}
work=target/bench-jobs
. bench/lib.sh
trap stop_servers EXIT

build() {
  progress "building"
  cargo build --release --quiet -p toadlane -p toadlane-bench
  rm -rf "$work"
  mkdir -p "$work"
  : >"$work/facts.tsv"
  progress "generating $jobs jobs of $employers employers, and what people ask"
  "$bench" jobs --jobs "$jobs" --employers "$employers" --output "$work"
}

load_and_serve() {
  local before after file
  create_admin
  import ndjson "$work/employers.ndjson"
  before=$(now)
  for file in "$work"/jobs-*.ndjson; do
    progress "importing $file"
    import jobs_ndjson "$file"
    rm "$file"
  done
  after=$(now)
  fact "import into SQLite" "$(per_second "$jobs" "$before" "$after") jobs/s"
  progress "building the index"
  before=$(now)
  serve
  fact "building the index at the first start" "$(seconds_between "$before" "$(now)")"
  fact "index" "$(mebibytes "$(folder_bytes "$data/index")")"
}

# One line of the table of answers.
measure() {
  local kind=$1 what=$2 result hits
  hits=$("$bench" sample --url "$toadlane_url" --paths "$work/$kind.paths" --count 300)
  # The lines of the warm-up are not asked again.
  load "$toadlane_url" "$work/$kind.paths" 15000 2 >/dev/null
  result=$(load "$toadlane_url" "$work/$kind.paths" 0 "$duration")
  awk -F '\t' -v what="$what" '{
    errors = $4 > 0 ? " **" $4 " errors**" : ""
    printf "| %s | %d | %.1f | %.1f | %s%% | %s%s |\n", what, $1, $2 / 1000, $3 / 1000, $5, $6, errors
  }' <<<"$result	$hits" | tee -a "$work/answers.md" >&2
}

report() {
  printf '# The job board\n\n%s; %s jobs; 8 connections\n\n' "$(machine)" "$jobs"
  printf '| what is asked | requests/s | p50 ms | p99 ms | with a hit | median hits |\n'
  printf '|---|---:|---:|---:|---:|---:|\n'
  cat "$work/answers.md"
  printf '\n| what | value |\n|---|---:|\n'
  sed 's/^/| /; s/\t/ | /; s/$/ |/' "$work/facts.tsv"
}

install wrk wrk
install curl curl
build
load_and_serve
progress "asking"
measure two_words "two words that under 1 % of the jobs share, one or two filters, two facets"
measure landing "no words, three facets"
measure filters "no words, one or two filters, three facets"
fact "memory after the load, peak / resident" "$(memory "$toadlane_process")"
progress "saving $searches searches, posting $burst jobs"
"$bench" alerts --url "$toadlane_url" --email "$email" --data-dir "$data" \
  --searches "$searches" --jobs "$burst" >>"$work/facts.tsv"
report | tee "$work/report.md"
