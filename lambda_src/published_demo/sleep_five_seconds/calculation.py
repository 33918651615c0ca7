"""The calculation of the published demo: each item takes five seconds, and says so."""

import time

from rollcall.calculations import calculation

SECONDS = 5


@calculation("published")
def sleep_five_seconds(item: dict) -> dict:
    time.sleep(SECONDS)
    return {"caseId": item["id"], "state": f"processed in {SECONDS} seconds"}
