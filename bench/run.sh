#!/usr/bin/env bash
# Runs the whole benchmark and prints the report; bench/README.md says how to read it.
#   ORGANIZATIONS  organizations in the corpus                        (100000)
#   FURTHER        organizations imported while writes are timed      (100000)
#   DURATION       seconds of load per measurement                    (10)
#   ROUNDS         measurements of toadlane and of the bare server    (3)
set -euo pipefail
cd "$(dirname "$0")/.."

organizations=${ORGANIZATIONS:-100000}
further=${FURTHER:-100000}
duration=${DURATION:-10}
rounds=${ROUNDS:-3}
kinds=(two_words filter_facets prefix typo)

work=target/bench
cluster=            # folder of the throw-away PostgreSQL cluster
. bench/lib.sh

# Runs a command as a user that PostgreSQL accepts: it refuses root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

clean_up() {
  stop_servers
  if [ -n "$cluster" ]; then
    as_postgres "$postgres_programs/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$cluster"
  fi
}
trap clean_up EXIT

size_fact() { fact "$1" "$(mebibytes "$2"), $(($2 / organizations)) bytes an organization"; }

build() {
  progress "building"
  cargo build --release --quiet -p toadlane -p toadlane-bench
  rm -rf "$work"
  mkdir -p "$work"
  progress "generating $organizations organizations and their queries"
  "$bench" corpus --organizations "$organizations" --seed 1 --output "$work/corpus.ndjson"
  "$bench" corpus --organizations "$further" --seed 2 --output "$work/further.ndjson"
  "$bench" queries --corpus "$work/corpus.ndjson" --output "$work/queries"
  : >"$work/measurements.tsv"
  : >"$work/samples.tsv"
  : >"$work/facts.tsv"
}

start_toadlane() {
  progress "importing into toadlane"
  data=$work/data
  create_admin
  local before after
  before=$(now)
  import ndjson "$work/corpus.ndjson"
  after=$(now)
  fact "import into SQLite" "$(per_second "$organizations" "$before" "$after") organizations/s"
  before=$(now)
  serve
  fact "building toadlane's index at the first start" "$(seconds_between "$before" "$(now)")"
  size_fact "toadlane's index" "$(folder_bytes "$data/index")"
}

start_bare() {
  progress "building the bare index"
  start bare "$bench" bare --index "$work/bare" --corpus "$work/corpus.ndjson"
  bare_url=$url bare_process=$process
  size_fact "bare index" "$(folder_bytes "$work/bare")"
}

start_postgres() {
  progress "loading PostgreSQL"
  local initdb
  initdb=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)
  [ -x "$initdb" ] || initdb=$(readlink -f "$(command -v initdb)")
  postgres_programs=$(dirname "$initdb")
  cluster=$(mktemp -d)
  [ "$(id -u)" -ne 0 ] || chown postgres "$cluster"
  (
    cd "$cluster"
    as_postgres "$postgres_programs/initdb" -D data -U postgres -A trust -E UTF8 --locale C.UTF-8
    as_postgres "$postgres_programs/pg_ctl" -D data -w -l "$cluster/log" start -o "-k $cluster \
      -c listen_addresses='' -c shared_buffers=1GB -c work_mem=32MB \
      -c max_parallel_workers_per_gather=0 -c jit=off"
  ) >"$work/postgres.log" 2>&1 || { cat "$work/postgres.log" >&2; exit 1; }
  postgres_url="postgres://postgres@localhost/postgres?host=$cluster"
  "$bench" postgres load --url "$postgres_url" --corpus "$work/corpus.ndjson"
}

measure() {
  local kind=$1 round=$2 start=$((($2 - 1) * 30000)) server url paths
  for server in toadlane bare; do
    url=${server}_url
    paths=$work/queries/$kind.$server
    load "${!url}" "$paths" 90000 2 >/dev/null
    printf '%s\t%s\t%s\t%s\n' "$round" "$kind" "$server" \
      "$(load "${!url}" "$paths" "$start" "$duration")" >>"$work/measurements.tsv"
    tail -1 "$work/measurements.tsv" >&2
  done
}

measure_postgres() {
  local kind=$1 measured
  local ask=("$bench" postgres measure --url "$postgres_url" --kind "$kind"
    --parameters "$work/queries/$kind.postgres")
  "${ask[@]}" --offset 90000 --seconds 2 >/dev/null
  measured=$("${ask[@]}" --seconds "$duration")
  if [ -n "$measured" ]; then
    printf '1\t%s\tpostgres\t%s\n' "$kind" "$measured" >>"$work/measurements.tsv"
    tail -1 "$work/measurements.tsv" >&2
  fi
}

sample() {
  local kind=$1 server url
  for server in toadlane bare; do
    url=${server}_url
    printf '%s\t%s\t%s\n' "$kind" "$server" \
      "$("$bench" sample --url "${!url}" --paths "$work/queries/$kind.$server")" >>"$work/samples.tsv"
  done
}

time_writes() {
  progress "timing writes while $further further organizations are imported"
  "$bench" searchable --url "$toadlane_url" --email "$email" -- \
    "$toadlane" import --data-dir "$data" --format ndjson "$work/further.ndjson" \
    >>"$work/facts.tsv" 2>"$work/further.log" || { cat "$work/further.log" >&2; exit 1; }
  fact "toadlane's memory after the writes, peak / resident" "$(memory "$toadlane_process")"
}

report() {
  "$bench" report --measurements "$work/measurements.tsv" --samples "$work/samples.tsv" \
    --facts "$work/facts.tsv" --machine "$(machine); \
$organizations organizations; 8 connections; rounds: $rounds, of $duration s" | tee "$work/report.md"
}

install wrk wrk
install curl curl
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || install initdb postgresql
build
start_toadlane
start_bare
for kind in "${kinds[@]}"; do sample "$kind"; done
for ((round = 1; round <= rounds; round++)); do
  progress "round $round of $rounds"
  for kind in "${kinds[@]}"; do measure "$kind" "$round"; done
done
fact "toadlane's memory after the load, peak / resident" "$(memory "$toadlane_process")"
fact "bare server's memory after the load, peak / resident" "$(memory "$bare_process")"
time_writes
start_postgres
for kind in "${kinds[@]}"; do measure_postgres "$kind"; done
report
