#!/usr/bin/env bash
# Lets independent validators judge a live server with the demo data, and its spec:
#   openapi-spec-validator  the spec is valid OpenAPI
#   spectral                it follows the spectral:oas rules
#   schemathesis            the server answers as the spec says, to good and bad requests
#   rpde-validator          the feed keeps the rules of OpenActive RPDE
# Every one runs, each verdict is printed, and one failure fails the whole.
# Needs Python with venv, Node.js and npm; the tools go to target/judge.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
cd ../..

schemathesis=4.32.5
openapi_spec_validator=0.9.0
spectral=6.16.3
rpde_validator=3.0.3571

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/judge
toadlane=$target/release/toadlane
python=$tools/venv/bin/python
data=
server=

stop_server() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null && wait "$server" || true
    fi
    rm -rf "$data"
}
trap stop_server EXIT
trap 'exit 130' INT TERM

install_tools() {
    mkdir -p "$tools/node"
    [ -x "$python" ] || python3 -m venv "$tools/venv"
    "$python" -m pip install --quiet \
        "schemathesis==$schemathesis" "openapi-spec-validator==$openapi_spec_validator"
    npm install --prefix "$tools/node" --no-package-lock --no-audit --no-fund --ignore-scripts \
        --loglevel=error \
        "@stoplight/spectral-cli@$spectral" "@openactive/rpde-validator@$rpde_validator"
}

free_port() {
    "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Sets server, base and spec.
start_server() {
    local port
    port=$(free_port)
    base=http://127.0.0.1:$port
    spec=$tools/openapi.yaml
    "$toadlane" demo --data-dir "$data" --listen "127.0.0.1:$port" --public-url "$base" \
        --rate-limit off --security-contact mailto:judge@example.org >"$tools/server.log" 2>&1 &
    server=$!
    for _ in $(seq 600); do
        if curl --silent --fail --output /dev/null "$base/readyz"; then
            curl --silent --show-error --fail --output "$spec" "$base/openapi.yaml"
            return
        fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$tools/server.log" >&2
    echo "the server did not become ready" >&2
    return 1
}

judge() {
    local name=$1
    shift
    echo
    echo "== $name"
    if (cd "$tools" && "$@"); then
        verdicts+=("$name: passed")
    else
        verdicts+=("$name: FAILED")
        failed=1
    fi
}

# schemathesis logs in by itself: the tokens live for minutes, its run takes longer.
configure_schemathesis() {
    "$python" "$here/schemathesis_config.py" "$spec" "$email" "$password" \
        "$here/schemathesis_hooks.py" \
        >"$tools/schemathesis.toml"
}

for program in cargo python3 node npm curl; do
    command -v "$program" >/dev/null || { echo "make judge needs $program." >&2; exit 1; }
done
cargo build --release
install_tools
data=$(mktemp -d)
start_server

# The hooks make accounts too.
export TOADLANE=$toadlane TOADLANE_DATA_DIR=$data
create_user() {
    printf '%s' "$3" | "$toadlane" user create --email "$1" --role "$2" --password-stdin
}
email=judge@example.org
password=$("$python" -c 'import secrets; print(secrets.token_urlsafe(24))')
create_user "$email" admin "$password"
# The one of the spec's examples.
export EXAMPLE_EMAIL=ada@example.coop
create_user "$EXAMPLE_EMAIL" member 'correct horse battery'
configure_schemathesis

failed=0
verdicts=()
judge openapi-spec-validator venv/bin/openapi-spec-validator --validation-errors all "$spec"
judge spectral node/node_modules/.bin/spectral lint --ruleset "$here/spectral.yaml" \
    --fail-severity warn "$spec"
judge schemathesis venv/bin/schemathesis --config-file schemathesis.toml run "$base/openapi.yaml" \
    --checks all --mode all --phases examples,coverage,fuzzing,stateful \
    --seed 1 --continue-on-failure --generation-database none --no-color
# Last, so that it meets deleted records and the odd ones that schemathesis created.
for feed in organizations jobs; do
    judge "rpde-validator of $feed" env NODE_PATH="$tools/node/node_modules" \
        node "$here/rpde.cjs" "$base/v1/feeds/$feed"
done

if ! kill -0 "$server" 2>/dev/null; then
    verdicts+=("server: FAILED, it stopped; see $tools/server.log")
    failed=1
fi
echo
printf '%s\n' "${verdicts[@]}"
exit "$failed"
