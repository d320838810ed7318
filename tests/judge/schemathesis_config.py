"""Prints a schemathesis configuration that logs in through the API.

Arguments: the spec's file, an e-mail address, a password and the file of the hooks.
"""

import json
import sys

import yaml

# Answers that depend on the record or the key and not on the form of the request: the record is
# gone (410) or has changed (412), the Idempotency-Key came with another request before (422).
STATE = ["410", "412", "422"]

CHECKS = {
    "positive_data_acceptance": ["2xx", "3xx", "401", "403", "404", "409", "429", "5xx", *STATE],
    "negative_data_rejection": [
        "400", "401", "403", "404", "405", "406", "409", "415", "428", "429", "5xx", *STATE,
    ],
    # RFC 6585 section 3 has a status of its own for a missing If-Match.
    "missing_required_header": ["400", "401", "403", "406", "415", "422", "428"],
}


def main() -> None:
    spec_file, email, password, hooks = sys.argv[1:]
    with open(spec_file, encoding="utf-8") as file:
        schemes = yaml.safe_load(file)["components"]["securitySchemes"]
    bearer = next(
        name for name, scheme in schemes.items()
        if scheme["type"] == "http" and scheme["scheme"].lower() == "bearer"
    )
    print(f"hooks = {json.dumps(hooks)}\n")
    print("[cache]\nenabled = false\n")
    print(f"[auth.dynamic.openapi.{json.dumps(bearer)}]")
    print('path = "/v1/auth/login"')
    print('extract_selector = "/access_token"')
    print(f"payload = {{ email = {json.dumps(email)}, password = {json.dumps(password)} }}")
    for check, statuses in CHECKS.items():
        print(f"\n[checks.{check}]\nexpected-statuses = {json.dumps(statuses)}")


main()
