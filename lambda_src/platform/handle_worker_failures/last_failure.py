"""Why workers of a route died last: told again when a chunk is given up that they had in hand.

SQS gives a chunk up without knowing why its workers died, so the reason is kept, a row a route.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEPT_SECONDS = 24 * 3600


def key(route: str) -> dict:
    return {"route": f"died:{route}", "slot": 0}


def write(workers: "Table", route: str, reason: str) -> None:
    """`workers` is the workers table."""
    workers.put_item(Item={**key(route), "reason": reason, "expires_at": int(time.time()) + KEPT_SECONDS})


def read(workers: "Table", route: str) -> str:
    """The reason of the last death on a route, or "" when none is known."""
    return str(workers.get_item(Key=key(route)).get("Item", {}).get("reason", ""))
