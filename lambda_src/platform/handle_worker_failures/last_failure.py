"""Why workers of a route died last: told again when a chunk is given up that they had in hand.

SQS gives a chunk up without knowing why its workers died, so the reason is kept, a row a route.
"""

import time

KEPT_SECONDS = 24 * 3600


def key(route: str) -> dict:
    return {"route": f"died:{route}", "slot": 0}


def write(workers, route: str, reason: str) -> None:
    """`workers` is the workers table."""
    workers.put_item(Item={**key(route), "reason": reason, "expires_at": int(time.time()) + KEPT_SECONDS})


def read(workers, route: str) -> str:
    """The reason of the last death on a route, or "" when none is known."""
    return workers.get_item(Key=key(route)).get("Item", {}).get("reason", "")
