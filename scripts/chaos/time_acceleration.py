"""What takes AWS minutes takes seconds here: the same happens, only sooner."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import dynamodb, lambda_svc, sqs

from embedded_cloud.extension.replacing import around

SOON_SECONDS = 3
LOOK_SECONDS = 1
WORKERS_TABLE = "rollcall-local-workers"

logger = logging.getLogger("rollcall.chaos")
# The workers whose start was delivered; the slots of others are reserved in vain, for up to an hour.
started: set[str] = set()


def install() -> None:
    threading.Thread(target=free_slots_for_ever, daemon=True, name="time_acceleration").start()

    @around(lambda_svc, "_run_sqs_batch")
    def run_batch(
        run: Callable, mapping: dict, function: dict, event: dict, batch: list[dict], url: str, *rest: Any
    ) -> None:
        """A batch whose function died is hidden for six times its timeout."""
        run(mapping, function, event, batch, url, *rest)
        messages = sqs._get_q(url)["messages"]
        for message in batch:
            if messages.find(message["receipt_handle"]) is message:
                messages.hide_until(message, time.time() + SOON_SECONDS)


def free_slots_for_ever() -> None:
    """Free the slots whose worker will never come: its start was lost, or who reserved it died before asking for it."""
    seen: dict[str, float] = {}
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            for row in reserved():
                since = seen.setdefault(row["worker"]["S"], time.monotonic())
                if row["worker"]["S"] not in started and time.monotonic() - since > SOON_SECONDS:
                    free(row)
        except Exception:
            logger.exception("The slots were not looked at")


def reserved() -> Iterator[dict]:
    _, _, body = dynamodb._scan({"TableName": WORKERS_TABLE, "ConsistentRead": True})
    return (row for row in json.loads(body)["Items"] if row.get("phase", {}).get("S") == "starting")


def free(row: dict) -> None:
    dynamodb._update_item(
        {
            "TableName": WORKERS_TABLE,
            "Key": {"route": row["route"], "slot": row["slot"]},
            "UpdateExpression": "SET expires_at = :past",
            "ConditionExpression": "worker = :worker AND phase = :starting",
            "ExpressionAttributeValues": {
                ":past": {"N": "0"},
                ":worker": row["worker"],
                ":starting": {"S": "starting"},
            },
        }
    )
