# What the benchmarks share. Set `work`, a folder, and source this from the project's root.

toadlane=target/release/toadlane
bench=target/release/toadlane-bench
started=()          # process ids to end with the script

progress() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }

stop_servers() {
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
}

# install PROGRAM PACKAGE: makes sure that a program is there.
install() {
  command -v "$1" >/dev/null && return
  progress "installing $2"
  local sudo=
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  { $sudo apt-get update && $sudo apt-get install -y "$2"; } >/dev/null 2>&1 || true
  command -v "$1" >/dev/null || { echo "The benchmark needs $1 (Debian package $2)." >&2; exit 1; }
}

# start NAME COMMAND…: starts a server; sets `url` to where it listens and `process` to its id.
start() {
  local log=$work/$1.log
  shift
  : >"$log"
  "$@" >"$log" 2>&1 &
  process=$!
  started+=("$process")
  until url=$(sed -n 's/^listening on //p' "$log") && [ -n "$url" ]; do
    kill -0 "$process" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.1
  done
}

fact() { printf '%s\t%s\n' "$1" "$2" >>"$work/facts.tsv"; }
now() { date +%s.%N; }
per_second() { awk "BEGIN { printf \"%.0f\", $1 / ($3 - $2) }"; }
seconds_between() { awk "BEGIN { printf \"%.1f s\", $2 - $1 }"; }
mebibytes() { awk "BEGIN { printf \"%.0f MiB\", $1 / 1048576 }"; }
folder_bytes() { du -sb "$1" | cut -f1; }
memory() { awk '/^VmRSS|^VmHWM/ { printf "%s%.0f MiB", sep, $2 / 1024; sep = " / " }' "/proc/$1/status"; }

# load URL PATHS START SECONDS: rate, p50, p99 in µs and errors, separated by tabs.
load() {
  wrk --threads 1 --connections 8 --duration "${4}s" --script bench/wrk.lua "$1" -- "$2" "$3" \
    | sed -n 's/^RESULT\t//p'
}

# Sets data, email and BENCH_PASSWORD.
create_admin() {
  data=$work/data
  email=bench@example.org
  BENCH_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  export BENCH_PASSWORD
  printf '%s' "$BENCH_PASSWORD" | "$toadlane" user create --data-dir "$data" \
    --email "$email" --role admin --password-stdin >/dev/null
}

# import FORMAT FILE…
import() {
  local format=$1
  shift
  "$toadlane" import --data-dir "$data" --format "$format" --source bench "$@" \
    >"$work/import.log" 2>&1 || { cat "$work/import.log" >&2; exit 1; }
}

# Starts toadlane and waits until its index is there; sets toadlane_url and toadlane_process.
serve() {
  start toadlane "$toadlane" serve --data-dir "$data" --listen 127.0.0.1:0 --rate-limit off
  toadlane_url=$url toadlane_process=$process
  until curl -fs "$toadlane_url/readyz" >/dev/null; do sleep 0.5; done
}

machine() {
  local commit memory
  commit=$(git rev-parse --short HEAD 2>/dev/null || echo "no commit")
  memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
  echo "$(nproc) cores, $memory; commit $commit"
}
