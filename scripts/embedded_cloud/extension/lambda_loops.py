"""Lambda's recursive loop detection, for functions that send to a queue which calls them.

AWS: a function that is invoked about sixteen times in one chain of requests is not invoked once more; its message goes
to the queue's dead-letter queue, or is gone. The emulator counts direct calls so; each call of a function to a service
carries the count.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import lambda_svc, sqs

from embedded_cloud.extension.replacing import around

_depth: ContextVar[int] = ContextVar("depth", default=0)


@around(sqs, "handle_request")
async def handle(handle_request: Callable, method: str, path: str, headers: dict, *rest: Any) -> tuple:
    _depth.set(lambda_svc._inbound_invoke_depth(headers))
    return await handle_request(method, path, headers, *rest)


@around(sqs, "_build_send_sys_attrs")
def attributes_with_depth(build: Callable, *given: Any) -> dict:
    return {**build(*given), **({"InvokeDepth": _depth.get()} if _depth.get() else {})}


@around(lambda_svc, "_run_sqs_batch")
def run_batch(
    run: Callable, mapping: dict, function: dict, event: dict, batch: list[dict], url: str, name: str
) -> None:
    depth = max(message["sys"].get("InvokeDepth", 0) for message in batch) + 1
    if lambda_svc._recursive_loop_drop(mapping["FunctionName"], function, depth):
        drop(batch, url)
        return
    token = lambda_svc._invoke_depth.set(depth)
    try:
        run(mapping, function, event, batch, url, name)
    finally:
        lambda_svc._invoke_depth.reset(token)


def drop(batch: list[dict], url: str) -> None:
    policy = json.loads(sqs._get_q(url)["attributes"].get("RedrivePolicy") or "{}")
    if letters := sqs._queue_by_arn(policy.get("deadLetterTargetArn", "")):
        for message in batch:
            letters["messages"].append({**message, "receipt_handle": None, "visible_at": 0})
    sqs._delete_messages_for_esm(url, {message["receipt_handle"] for message in batch})
