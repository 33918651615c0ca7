"""Why workers of a route died last, and why none could be started: a row a route and kind.

SQS gives a chunk up without knowing why its workers died, so that is told again then. What a start waits for is told
to whoever asks why a job is not done.
"""

import time
from typing import TYPE_CHECKING

from rollcall.dispatch.slots import START_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

DIED, WAITS = "died", "waits"
# A start that waits is told of again long before this.
KEPT_SECONDS = {DIED: 24 * 3600, WAITS: START_SECONDS["fargate"]}


def key(route: str, kind: str) -> dict:
    return {"route": f"{kind}:{route}", "slot": 0}


def write(workers: "Table", route: str, kind: str, reason: str) -> None:
    """`workers` is the workers table."""
    expires_at = int(time.time()) + KEPT_SECONDS[kind]
    workers.put_item(Item={**key(route, kind), "reason": reason, "expires_at": expires_at})


def read(workers: "Table", route: str, kind: str) -> str:
    """The last reason on a route, or "" when none is known."""
    row = workers.get_item(Key=key(route, kind)).get("Item")
    return str(row["reason"]) if row and int(str(row["expires_at"])) >= int(time.time()) else ""
