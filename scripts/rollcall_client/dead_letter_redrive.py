"""Giving dead letters another try.

They are moved one by one, and not by StartMessageMoveTask: that moves all of a queue, and these
queues also hold what is not to be repeated; nor does it ask whether a settlement is true.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from rollcall.dispatch import queues
from rollcall.errors import InvalidEvent
from rollcall.events import ChunkRequested, ChunkSettled, JobFinished, MergeRequested, parse
from rollcall.records import results
from rollcall_client.dead_letters import DeadLetterQueue, merge_in, receive
from rollcall_client.environment import Environment

Content = ChunkSettled | ChunkRequested | JobFinished | MergeRequested | str


@dataclass
class Moved:
    """How many messages of a queue were given another try, and why others were left there."""

    moved: int = 0
    left: Counter = field(default_factory=Counter)


def redrive(env: Environment, queue: DeadLetterQueue) -> Moved:
    """Give each message of a queue that may have another try one: a chunk, a settlement that is true, a merge."""
    sqs, moved, left = env.client("sqs"), Moved(), []
    handled: set[Content] = set()
    for messages in until_known(sqs, queue.url, handled):
        for message in messages:
            found = content(message)
            if refusal := "what was tried already" if found in handled else try_again(env, queue, found):
                moved.left[refusal] += 1
                left.append(message["ReceiptHandle"])
            else:
                queues.delete(sqs, queue.url, [message["ReceiptHandle"]])
                moved.moved += 1
            handled.add(found)
    queues.hide(sqs, queue.url, left, 0)
    return moved


def until_known(sqs: Any, url: str, handled: set[Content]) -> Iterator[list[dict]]:
    """The messages of a queue in tens, until all that come have come before: each is tried once, even if it returns."""
    while messages := receive(sqs, url):
        if all(content(message) in handled for message in messages):
            queues.hide(sqs, url, [message["ReceiptHandle"] for message in messages], 0)
            return
        yield messages


def content(message: dict) -> Content:
    """What a message says, without what the bus added: its text if it is none that is known."""
    with suppress(InvalidEvent):
        return parse(message["Body"], ChunkSettled)
    with suppress(InvalidEvent):
        return parse(message["Body"], ChunkRequested)
    return merge_in(message) or message["Body"]


def try_again(env: Environment, queue: DeadLetterQueue, found: Content) -> str:
    """Send what a message says once more; why not, or "".

    A settlement goes by way of the bus, since only workers may send to the queue itself. One that was
    forged must not count by that, so the chunk's result has to say the same.
    """
    settlements = queue.url == env.deployment.dead_settlements_queue_url
    if isinstance(found, ChunkRequested) and queue.route:
        queues.send(env.client("sqs"), queue.queue_url, [found], group=found.job_id)
    elif isinstance(found, ChunkSettled) and settlements:
        key = results.result_key(found.job_id, found.run, found.chunk)
        stored = results.stored_counts(env.client("s3"), env.deployment.bucket, key)
        if stored != (found.succeeded, found.failed):
            return "settlements that the results of their chunks do not bear out"
        queues.put(env.client("events"), env.deployment.bus, [found])
    elif isinstance(found, JobFinished | MergeRequested):
        queues.put(env.client("events"), env.deployment.bus, [found])
    elif settlements:
        return "what is no settlement; correct its sender and purge it"
    else:
        return "letters about workers, which handle_worker_failures reads by itself"
    return ""
