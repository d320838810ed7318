#!/bin/sh
# Checks that the machine has what the tests need and installs what Debian's package
# manager can. Stops with one sentence otherwise.
set -eu

stop() {
    echo "$1" >&2
    exit 1
}

have_postgresql() {
    for initdb in $(command -v initdb) /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$initdb" ] || continue
        major=$("$initdb" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        [ "$major" -ge 14 ] && return
    done
    return 1
}

have_compiler() {
    command -v cc >/dev/null
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        stop "The tests need more packages: run \`make test\` as root once."
    fi
}

# $1: Debian's package; $2: what it is.
install() {
    command -v apt-get >/dev/null || stop "The tests need $2: install it and try again."
    echo "installing $1"
    as_root apt-get update || stop "The tests need $2, and apt-get cannot get it: install it and try again."
    # Asks nothing and keeps configuration files that are there already.
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes -o Dpkg::Options::=--force-confold "$1" </dev/null ||
        stop "The tests need $2, and apt-get cannot install it: install it and try again."
}

# The tests start a server of their own: Debian need not start one as a service.
install_postgresql() {
    settings=/etc/postgresql-common/createcluster.conf
    if command -v apt-get >/dev/null && [ ! -e "$settings" ]; then
        as_root mkdir -p "${settings%/*}"
        echo "create_main_cluster = false" | as_root tee "$settings" >/dev/null
    fi
    install postgresql "PostgreSQL 14 or newer"
    have_postgresql || stop "The tests need PostgreSQL 14 or newer, and this system's is older."
}

command -v cargo >/dev/null || stop "The tests need Rust: install it from https://rustup.rs."
have_compiler || install build-essential "a C compiler"
have_postgresql || install_postgresql
