"""Counts what AWS bills of Lambda, EventBridge and the queues of functions, besides the calls of clients."""

import math
import time
from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge, lambda_svc, sqs

from embedded_cloud.extension.eventbridge import targets
from embedded_cloud.extension.metering.calls import count
from embedded_cloud.extension.replacing import around

EVENT_BYTES = 64 * 1024
DEFAULT_MEGABYTES = 128
# AWS: a receive or delete call of SQS handles at most ten messages.
MESSAGES_PER_CALL = 10


@around(lambda_svc, "_execute_function_dispatch")
def count_invocation(execute: Callable, function: dict, config: dict, *rest: Any) -> dict:
    """All invocations come through here, once they have room."""
    started = time.monotonic()
    try:
        return execute(function, config, *rest)
    finally:
        milliseconds = math.ceil((time.monotonic() - started) * 1000)
        count("lambda:Invocation")
        count("lambda:Milliseconds", milliseconds)
        count("lambda:MegabyteMilliseconds", milliseconds * config.get("MemorySize", DEFAULT_MEGABYTES))


@around(eventbridge, "_put_events")
def count_events(put: Callable, request: dict, allow_aws_source: bool = False) -> tuple:
    if not allow_aws_source:
        sizes = [len(str(entry.get("Detail", ""))) for entry in request.get("Entries", [])]
        count("events:Event", sum(max(1, math.ceil(size / EVENT_BYTES)) for size in sizes))
    return put(request, allow_aws_source=allow_aws_source)


@around(eventbridge, "_invoke_target")
def count_target(invoke: Callable, *arguments: Any) -> None:
    count("events:TargetInvocation")
    invoke(*arguments)


@around(targets, "_to_queue")
def count_event_sent_to_queue(send: Callable, handover: Any) -> None:
    send(handover)
    count("sqs:SendMessage")


@around(sqs, "_receive_messages_for_esm")
def count_receives(receive: Callable, url: str, wanted: int) -> list[dict]:
    """Calls that find nothing are left out: AWS makes them all the time, however many jobs there are."""
    messages = receive(url, wanted)
    count("sqs:ReceiveMessage", math.ceil(len(messages) / MESSAGES_PER_CALL))
    return messages


@around(sqs, "_delete_messages_for_esm")
def count_deletes(delete: Callable, url: str, receipts: set[str]) -> None:
    delete(url, receipts)
    count("sqs:DeleteMessageBatch", math.ceil(len(receipts) / MESSAGES_PER_CALL))
