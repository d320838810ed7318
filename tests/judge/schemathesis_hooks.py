"""Which refusals of schema-valid requests are right, and what the judge may not break of its own.

JSON Schema says how one value looks. Some rules relate values to each other, to what the server
handed out before, or to the clock, so requests made from the schema alone break them. The refusal
counts as right only if it names these rules and no other.
"""

import itertools
import json
import os
import secrets
import subprocess

import requests
import schemathesis
from schemathesis.core.failures import Failure

# A hundredth is no binary fraction: a multipleOf of 0.01 means something else to each validator.
AMOUNT = "must be a number from 0 to 999999999999.99 with at most two decimals"

# Pointer of the fault, and how its sentence begins.
BEYOND_THE_SCHEMA = [
    # Several numbers in one string.
    ("/bbox", "must be minLon,minLat,maxLon,maxLat in degrees, with minLat at most maxLat"),
    # Parameters and members that depend on each other.
    ("/dissolved_on", "may not be before founded_on"),
    ("/radius_km", "needs near=lat,lon"),
    ("/sort", "distance needs near=lat,lon"),
    ("/status", "combines with source, limit and cursor only; leave out the other parameters"),
    ("/status", "combines with organization_id, limit and cursor only; leave out the other parameters"),
    ("/salary_currency", "is required with salary_min"),
    ("/skill_mode", "goes with skill"),
    ("/seniority_unspecified", "goes with seniority"),
    ("/membership_track_unspecified", "goes with membership_track"),
    ("/pay_policy_unspecified", "goes with pay_policy"),
    ("/governance_unspecified", "goes with governance"),
    ("/language_unspecified", "goes with language"),
    ("/description", "must say more than the title"),
    # Of characters beyond U+FFFF patterns know nothing.
    ("/name", "needs at least one character that can be seen"),
    ("/title", "needs at least one character that can be seen"),
    ("/description", "may not be blank"),
    ("/applicant_countries", "a remote job needs at least one country"),
    ("/locations", "a job that is not remote needs at least one location with a country"),
    ("/locations/", "lat and lon come together"),
    ("/locations/", "says nothing; name a place"),
    ("/utc_offset_range/max", "may not be below min"),
    ("/salary", "needs min, max or both"),
    ("/salary/max", "may not be below min"),
    ("/apply_url", "give apply_url or apply_email, so that people can apply"),
    ("/apply_email", "give either apply_url or apply_email"),
    ("/organization_id", "stays as it is"),
    ("/webhook_url", "is required for webhooks"),
    # Addresses that nobody else has, and requests in clear.
    ("/webhook_url", "cannot be reached"),
    # A language of its own.
    ("/query", ""),
    ("/salary_min", AMOUNT),
    ("/salary/min", AMOUNT),
    ("/salary/max", AMOUNT),
    ("/membership/buy_in/amount", AMOUNT),
    ("/hours_per_week", AMOUNT),
    # What depends on the rates that are known, and on the job as it stands.
    ("/salary_currency", "has no exchange rate here"),
    ("/status", "can be set from draft to published"),
    ("/valid_through", "of a job that is over stays as it is"),
    # Words are counted as the index does.
    ("/q", "may have at most 32 words and 512 characters"),
    # Handed out by the server, in an answer or by mail.
    ("/cursor", "is not a cursor of this list; take it from next_cursor and keep the other parameters"),
    ("/token", "is not valid, was used already, or has expired"),
    ("/current_password", "must be the present password"),
    # Which of them a claim needs, its method says, and that is in the database.
    ("/token", "is for the method email; leave it out"),
    ("/token", "is required: it is in the link of the mail"),
    ("/email", "must be an address at "),
    # An e-mail address all the same, but of a machine nearby.
    ("/email", "must be at a domain of the public Internet"),
    # Now is another time each time.
    ("/valid_from", "may be at most five years ahead"),
    ("/valid_to", "may be at most five years ahead"),
    ("/valid_to", "must be later than valid_from and than now"),
    ("/valid_through", "must be in the future"),
    ("/valid_through", "may be at most 180 days after the job is posted or renewed"),
    # Names of records.
    ("/organization_id", "there is no organization with this id"),
    ("/into", "is not the id or slug of an organization"),
    ("/into", "names the record itself"),
    ("/other", "is not the id or slug of an organization"),
    ("/other", "names the same record"),
]


def is_at(rule, pointer) -> bool:
    """A rule that ends with a slash is about any item of a list."""
    return pointer == rule or (rule.endswith("/") and pointer.startswith(rule))


def is_beyond_the_schema(fault) -> bool:
    return any(
        is_at(pointer, fault["pointer"]) and fault["detail"].startswith(sentence)
        for pointer, sentence in BEYOND_THE_SCHEMA
    )


@schemathesis.hook
def filter_failure(context, failure: Failure, case, response) -> bool:
    if response.status_code != 400 or type(failure).__name__ != "RejectedPositiveData":
        return True
    faults = json.loads(response.content).get("errors", [])
    return not faults or not all(map(is_beyond_the_schema, faults))


# The records of the spec's examples, which every other operation wants to meet.
EXAMPLES = ["rochdale-society-of-equitable-pioneers", "rochdale-pioneers-2"]

spare = itertools.count()


def call(case, method, path, **arguments):
    """Calls the server as the judge, or as whoever else the case says."""
    url = case.operation.schema.get_base_url().rstrip("/") + path
    headers = {"Authorization": case.headers["Authorization"]}
    answer = requests.request(method, url, headers=headers, timeout=30, **arguments)
    return answer.json() if answer.ok else None


def use_spare_record(case):
    if case.path_parameters.get("id") in EXAMPLES:
        draft = {"name": "Spare", "organization_type": "other", "status": "pending"}
        record = call(case, "POST", "/v1/organizations", json=draft)
        if record:
            case.path_parameters["id"] = record["id"]


def use_spare_log_in(case):
    if call(case, "GET", "/v1/me"):
        email, password = f"spare-{next(spare)}@example.org", secrets.token_urlsafe(24)
        subprocess.run(
            [os.environ["TOADLANE"], "user", "create", "--email", email, "--role", "member",
             "--password-stdin"],
            input=password.encode(), stdout=subprocess.DEVNULL, check=True,
        )
        credentials = {"email": email, "password": password}
        token = call(case, "POST", "/v1/auth/login", json=credentials)["access_token"]
        case.headers["Authorization"] = f"Bearer {token}"


def use_other_account(case):
    judge = call(case, "GET", "/v1/me")
    if judge and case.path_parameters.get("id") == judge["id"]:
        found = call(case, "GET", "/v1/moderation/users", params={"q": os.environ["EXAMPLE_EMAIL"]})
        case.path_parameters["id"] = found["items"][0]["id"]


# What would end what the judge needs later, and what it does to something else instead. Log-ins
# are not among them: schemathesis logs in again when its own has ended.
SPARED = {
    "DELETE /v1/me": use_spare_log_in,
    "DELETE /v1/organizations/{id}": use_spare_record,
    "POST /v1/moderation/users/{id}/role": use_other_account,
    "POST /v1/moderation/users/{id}/suspend": use_other_account,
    "POST /v1/organizations/{id}/archive": use_spare_record,
    "POST /v1/organizations/{id}/merge": use_spare_record,
    "POST /v1/organizations/{id}/reject": use_spare_record,
}


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    instead = SPARED.get(case.operation.label)
    if instead and case.headers and "Authorization" in case.headers:
        instead(case)
