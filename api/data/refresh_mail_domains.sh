#!/bin/sh
# Writes free_mail_domains.txt and disposable_mail_domains.txt anew from the packages they are taken from.
# Needs npm, Python with pip and a network. Look through the difference before it is committed: a co-operative
# that gives its members mailboxes, and whose domain gets on a list, can no longer prove its domain.
set -eu
data=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent free-email-domains >/dev/null
tar xzf free-email-domains-*.tgz
python3 -m pip download --quiet --no-deps --only-binary :all: --dest . disposable-email-domains
python3 - "$data" <<'PYTHON'
import glob, json, sys, zipfile

data = sys.argv[1]


def write(name, heading, domains):
    with open(f"{data}/{name}", "w", encoding="utf-8") as file:
        file.write("".join(f"# {line}\n" for line in heading))
        file.write("".join(f"{domain}\n" for domain in sorted(set(domains))))


with open("package/package.json", encoding="utf-8") as file:
    package = json.load(file)
with open("package/domains.json", encoding="utf-8") as file:
    domains = json.load(file)
write(
    "free_mail_domains.txt",
    [
        "Domains at which anybody gets a mailbox, one a line.",
        f"From the npm package free-email-domains {package['version']}, MIT License,",
        "Copyright (c) 2017 Kiko Beats. Made by refresh_mail_domains.sh; not edited by hand.",
    ],
    domains,
)

wheel = glob.glob("disposable_email_domains-*.whl")[0]
sys.path.insert(0, wheel)
from disposable_email_domains import blocklist  # noqa: E402

write(
    "disposable_mail_domains.txt",
    [
        "Domains of mailboxes for ten minutes, one a line.",
        f"From the PyPI package disposable-email-domains {wheel.split('-')[1]}, MIT License,",
        "Copyright (c) 2016 Dustin Ingram. Made by refresh_mail_domains.sh; not edited by hand.",
    ],
    blocklist,
)
PYTHON
