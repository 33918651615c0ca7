"""SQS: queues of any length answer at once, and share fairly; a queue waits a moment for its dead-letter queue."""

import asyncio
import json
import math
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.services import sqs

from embedded_cloud.extension.replacing import around
from embedded_cloud.extension.sqs.message_store import MessageStore
from embedded_cloud.settings import CloudSettings

settings = CloudSettings.from_environment()

PATIENCE_SECONDS = 60.0
STEP_SECONDS = 0.05
RETENTION_SECONDS = 4 * 24 * 3600

_last_made = 0.0
_next_part: ContextVar[Callable] = ContextVar("next part of the request")


def _in_standard_queues(replacement: Callable) -> Callable:
    """FIFO queues stay as the emulator has them."""

    def choose(original: Callable, queue: dict, *rest: Any) -> Any:
        return replacement(queue, *rest) if isinstance(queue["messages"], MessageStore) else original(queue, *rest)

    return choose


@around(sqs, "_act_create_queue")
async def create_queue(create: Callable, data: dict, url: str) -> dict:
    """Terraform watches every queue for 25 seconds; asking for a queue and its dead-letter queue at the same
    time halves that. One that does not appear while any queue is made is refused as on AWS."""
    global _last_made
    asked = time.monotonic()
    while True:
        try:
            answer = create(data, url)
            break
        except sqs._Err as error:
            if "RedrivePolicy" not in error.message or time.monotonic() > max(asked, _last_made) + PATIENCE_SECONDS:
                raise
        await asyncio.sleep(STEP_SECONDS)
    _last_made = time.monotonic()
    _index(sqs._queues[answer["QueueUrl"]])
    return answer


@around(sqs, "_restore_state")
def restore(restore_all: Callable, data: dict) -> None:
    restore_all(data)
    for queue in sqs._queues.all_values():
        _index(queue)


def _index(queue: dict) -> None:
    if not queue["is_fifo"] and not isinstance(queue["messages"], MessageStore):
        queue["messages"] = MessageStore(queue["messages"])


@around(app, "app")
async def serve(answer: Callable, scope: dict, receive_part: Callable, send: Callable) -> None:
    _next_part.set(receive_part)
    await answer(scope, receive_part, send)


@around(sqs, "_act_receive_message")
async def receive(receive_now: Callable, data: dict, url: str) -> dict:
    """A waiting call costs nothing until a message comes, or comes back; one whose caller has died gets none.

    AWS: when too many messages are in flight a short poll is an error, and a long one finds nothing.
    """
    queue = sqs._get_q(data.get("QueueUrl", url))
    if not isinstance(queue["messages"], MessageStore):
        return await receive_now(data, url)
    given = data.get("WaitTimeSeconds")
    seconds = int(queue["attributes"]["ReceiveMessageWaitTimeSeconds"] if given is None else given)
    if not seconds and not _room(queue):
        raise sqs._Err("OverLimit", f"{settings.in_flight} messages of this queue are in flight.", 403)
    deadline = time.monotonic() + seconds
    # A request that is read to its end has one more part: that its caller has hung up.
    hung_up = asyncio.ensure_future(_next_part.get()())
    try:
        while not hung_up.done():
            answer = await receive_now({**data, "WaitTimeSeconds": 0}, url)
            left = deadline - time.monotonic()
            if answer or left <= 0:
                return answer
            await queue["messages"].change(left)
        return {}
    finally:
        hung_up.cancel()


@around(sqs, "_collect_msgs")
@_in_standard_queues
def collect(queue: dict, count: int, seconds: int) -> list[dict]:
    return queue["messages"].take(min(count, _room(queue)), seconds)


def _room(queue: dict) -> int:
    """How many more of its messages may be in flight."""
    _, in_flight, _ = queue["messages"].counts()
    return max(0, settings.in_flight - in_flight)


@around(sqs, "_receive_messages_for_esm")
def receive_for_function(receive_ten: Callable, url: str, count: int) -> list[dict]:
    """A function gets batches of more than ten messages where its mapping says so."""
    queue = sqs._get_q(url)
    if not isinstance(queue["messages"], MessageStore):
        return receive_ten(url, count)
    sqs._expire_retained(queue)
    sqs._dlq_sweep(queue)
    return sqs._collect_msgs(queue, count, int(queue["attributes"]["VisibilityTimeout"]))


@around(sqs, "_expire_retained")
@_in_standard_queues
def expire(queue: dict) -> None:
    queue["messages"].expire(time.time() - int(queue["attributes"].get("MessageRetentionPeriod", RETENTION_SECONDS)))


@around(sqs, "_refresh_counts")
@_in_standard_queues
def refresh_counts(queue: dict) -> None:
    sqs._expire_retained(queue)
    visible, in_flight, delayed = map(str, queue["messages"].counts())
    queue["attributes"].update(
        ApproximateNumberOfMessages=visible,
        ApproximateNumberOfMessagesNotVisible=in_flight,
        ApproximateNumberOfMessagesDelayed=delayed,
    )


@around(sqs, "_dlq_sweep")
@_in_standard_queues
def redrive(queue: dict) -> None:
    """AWS: a message received maxReceiveCount times goes to the dead-letter queue when it would be received again."""
    policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
    letters = sqs._queue_by_arn(policy.get("deadLetterTargetArn", ""))
    for message in queue["messages"].take_returned(int(policy["maxReceiveCount"]) if letters else math.inf):
        now, source = time.time(), {"DeadLetterQueueSourceArn": queue["attributes"]["QueueArn"]}
        letters["messages"].append(
            {**message, "receipt_handle": None, "visible_at": now, "sys": {**source, **message["sys"]}}
        )
        sqs.esm_wake.set()
