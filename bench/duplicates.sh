#!/usr/bin/env bash
# How good the proposed duplicates are, on real registers that are not part of the project.
#   duplicates.sh TOADLANE FIRST.csv [SECOND.csv]
# TOADLANE is the program; the files are ESSGlobal CSV. FIRST is imported alone and the pairs that are
# proposed within it are listed: read them to judge how many are false. If SECOND has the same co-ops under
# the same identifiers, it is imported as another source, and each pair of equal identifiers should be
# proposed: those that are not are listed.
# Needs curl and jq. Everything is in a temporary folder that is removed.
set -euo pipefail

toadlane=$1
first=$2
second=${3:-}
folder=$(mktemp -d)
process=

clean_up() {
  [ -z "$process" ] || kill "$process" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

"$toadlane" import --data-dir "$folder/data" --format essglobal_csv --source first "$first" 2>/dev/null || true
printf 'a long enough password\n' |
  "$toadlane" user create --data-dir "$folder/data" --role moderator --password-stdin --email bench@example.coop >/dev/null

"$toadlane" serve --data-dir "$folder/data" --listen 127.0.0.1:0 >"$folder/log" 2>&1 &
process=$!
until url=$(sed -n 's/^listening on //p' "$folder/log") && [ -n "$url" ]; do
  kill -0 "$process" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.1
done
token=$(curl -fsS "$url/v1/auth/login" -H 'content-type: application/json' \
  -d '{"email":"bench@example.coop","password":"a long enough password"}' | jq -r .access_token)

# Every pair that moderators are shown, one JSON object a line.
pairs() {
  local cursor=
  while :; do
    curl -fsS "$url/v1/moderation/duplicates?limit=100${cursor:+&cursor=$cursor}" \
      -H "authorization: Bearer $token" >"$folder/page"
    jq -c '.items[]' "$folder/page"
    cursor=$(jq -r '.next_cursor // empty' "$folder/page")
    [ -n "$cursor" ] || break
  done
}

time pairs >"$folder/alone"
jq -r '[.score, (.organizations[] | .name + " (" + (.locality // "-") + ", " + (.website // "-") + ")"), ([.reasons[] | .signal + ": " + .detail] | join("; "))] | @tsv' "$folder/alone" | sort -rn
echo "pairs proposed within the first file: $(wc -l <"$folder/alone")"
[ -n "$second" ] || exit 0

"$toadlane" import --data-dir "$folder/data" --format essglobal_csv --source second "$second" 2>/dev/null || true
pairs >"$folder/both"
curl -fsS "$url/v1/feeds/organizations?limit=1000" >"$folder/page"
: >"$folder/records"
while jq -e '.items | length > 0' "$folder/page" >/dev/null; do
  jq -r '.items[] | select(.state == "updated") | [.id, .data.source.name, .data.source.external_id, .data.name] | @tsv' \
    "$folder/page" >>"$folder/records"
  curl -fsS "$(jq -r .next "$folder/page")" >"$folder/next"
  mv "$folder/next" "$folder/page"
done
jq -r '[.organizations[].id] | @tsv' "$folder/both" >"$folder/proposed"
awk -F '\t' '
  FILENAME == ARGV[1] { proposed[$1 FS $2]; proposed[$2 FS $1]; next }
  $2 == "first" { first[$3] = $1; name[$3] = $4 }
  $2 == "second" { second[$3] = $1; other[$3] = $4 }
  END {
    for (id in second) if (id in first) {
      all++
      if ((first[id] FS second[id]) in proposed) found++
      else print "missed: " id "\t" name[id] "\t" other[id]
    }
    printf "true pairs: %d, proposed: %d\n", all, found
  }' "$folder/proposed" "$folder/records"
