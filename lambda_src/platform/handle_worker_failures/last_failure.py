"""Why workers of a route died last, and why none could be started: a row a route and kind.

SQS gives a chunk up without knowing why its workers died, so that is told again then. What a start waits for is told
to whoever asks why a job is not done.
"""

import time

from rollcall.dispatch.slots import START_SECONDS

DIED, WAITS = "died", "waits"
# A start that waits is told of again long before this.
KEPT_SECONDS = {DIED: 24 * 3600, WAITS: START_SECONDS["fargate"]}


def key(route: str, kind: str) -> dict:
    return {"route": f"{kind}:{route}", "slot": 0}


def write(workers, route: str, kind: str, reason: str) -> None:
    """`workers` is the workers table."""
    expires_at = int(time.time()) + KEPT_SECONDS[kind]
    workers.put_item(Item={**key(route, kind), "reason": reason, "expires_at": expires_at})


def read(workers, route: str, kind: str) -> str:
    """The last reason on a route, or "" when none is known."""
    row = workers.get_item(Key=key(route, kind)).get("Item")
    return row["reason"] if row and row["expires_at"] >= int(time.time()) else ""
