"""Prints a schemathesis configuration that logs in through the API.

Arguments: the spec's file, an e-mail address and a password.
"""

import json
import sys

import yaml


def main() -> None:
    spec_file, email, password = sys.argv[1:]
    with open(spec_file, encoding="utf-8") as file:
        schemes = yaml.safe_load(file)["components"]["securitySchemes"]
    bearer = next(
        name for name, scheme in schemes.items()
        if scheme["type"] == "http" and scheme["scheme"].lower() == "bearer"
    )
    print("[cache]\nenabled = false\n")
    print(f"[auth.dynamic.openapi.{json.dumps(bearer)}]")
    print('path = "/v1/auth/login"')
    print('extract_selector = "/access_token"')
    print(f"payload = {{ email = {json.dumps(email)}, password = {json.dumps(password)} }}")


main()
