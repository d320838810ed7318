"""Which refusals of schema-valid requests are right.

JSON Schema says how one value looks. These rules relate values to each other, or to what the
server handed out before, so requests made from the schema alone break them. The refusal counts as
right only if it names these rules and no other.
"""

import json

import schemathesis
from schemathesis.core.failures import Failure

BEYOND_THE_SCHEMA = {
    ("/bbox", "must be minLon,minLat,maxLon,maxLat in degrees, with minLat at most maxLat"),
    ("/cursor", "is not a cursor of this list; take it from next_cursor and keep the other parameters"),
    ("/dissolved_on", "may not be before founded_on"),
    ("/q", "may have at most 32 words and 512 characters"),
    ("/radius_km", "needs near=lat,lon"),
    ("/sort", "distance needs near=lat,lon"),
    ("/status", "combines with source, limit and cursor only; leave out the other parameters"),
}


@schemathesis.hook
def filter_failure(context, failure: Failure, case, response) -> bool:
    if response.status_code != 400 or type(failure).__name__ != "RejectedPositiveData":
        return True
    faults = json.loads(response.content).get("errors", [])
    broken = {(fault["pointer"], fault["detail"]) for fault in faults}
    return not broken or not broken <= BEYOND_THE_SCHEMA
