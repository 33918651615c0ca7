"""SQS: every message says who sent it, and a function is told."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.core.router import extract_access_key_id
from ministack.services import lambda_svc, sqs

from embedded_cloud.extension import roles
from embedded_cloud.extension.replacing import around

_sender: ContextVar[str | None] = ContextVar("sender", default=None)


@around(sqs, "handle_request")
async def handle(handle_request: Callable, method: str, path: str, headers: dict, body: bytes, query: dict) -> tuple:
    _sender.set(roles.caller(extract_access_key_id(headers, query)))
    return await handle_request(method, path, headers, body, query)


@around(sqs, "_build_send_sys_attrs")
def attributes_with_sender(build: Callable, now: float, given: dict) -> dict:
    sender = _sender.get()
    return {**build(now, given), **({"SenderId": sender} if sender else {})}


@around(lambda_svc, "_run_sqs_batch")
def tell_function(
    run_batch: Callable, mapping: dict, function: dict, event: dict, batch: list[dict], *rest: Any
) -> None:
    """The emulator leaves the sender and the queue a dead letter came from out of a function's records."""
    system = {message["id"]: message["sys"] for message in batch}
    for record in event["Records"]:
        known = system[record["messageId"]]
        record["attributes"].update({n: known[n] for n in ("SenderId", "DeadLetterQueueSourceArn") if n in known})
    run_batch(mapping, function, event, batch, *rest)
