"""Dead letters: messages that nobody could take, where they lie and why."""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rollcall.dispatch import queues
from rollcall.errors import InvalidEvent
from rollcall.events import ChunkSettled, JobFinished, MergeRequested, parse
from rollcall.worker.failures import LostChunk, LostWorker, Recheck, from_dead_letter
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError

HIDDEN_SECONDS = 60


@dataclass(frozen=True)
class DeadLetterQueue:
    """A dead-letter queue; `queue_url` is where its messages may be tried again, `route` empty where it is of none."""

    url: str
    queue_url: str
    route: str

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Found:
    """What a look at a queue has shown: counts are SQS's approximate ones, `reasons` those of up to ten messages.

    `oldest` is when the oldest of these was sent, ISO 8601 in UTC; "" when there is none.
    """

    queue: str
    waiting: int
    in_work: int
    oldest: str
    reasons: dict[str, int]


def all_queues(env: Environment) -> list[DeadLetterQueue]:
    settlements = DeadLetterQueue(env.deployment.dead_settlements_queue_url, env.deployment.settlements_queue_url, "")
    undelivered = DeadLetterQueue(env.deployment.undelivered_queue_url, env.deployment.undelivered_queue_url, "")
    merges = DeadLetterQueue(env.deployment.dead_merges_queue_url, env.deployment.bus, "")
    routes = (
        DeadLetterQueue(f"{route.queue_url}-dlq", route.queue_url, data_type)
        for data_type, route in sorted(env.routes.items())
    )
    return [settlements, undelivered, merges, *routes]


def queue_named(env: Environment, name: str) -> DeadLetterQueue:
    """Raises CommandError naming the queues there are."""
    known = {queue.name: queue for queue in all_queues(env)}
    if name not in known:
        raise CommandError(f"there is no dead-letter queue {name!r}; there are {', '.join(known)}")
    return known[name]


def look(env: Environment, queue: DeadLetterQueue) -> Found:
    """Count the messages of a queue and read some; they are shown to others again at once."""
    sqs = env.client("sqs")
    waiting, in_work = queues.counts(sqs, queue.url)
    messages = receive(sqs, queue.url)
    queues.hide(sqs, queue.url, [message["ReceiptHandle"] for message in messages], 0)
    sent = [int(message["Attributes"]["SentTimestamp"]) / 1000 for message in messages]
    oldest = datetime.fromtimestamp(min(sent), UTC).isoformat(timespec="seconds") if sent else ""
    return Found(queue.name, waiting, in_work, oldest, dict(Counter(reason(message) for message in messages)))


def receive(sqs: Any, url: str) -> list[dict]:
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=queues.BATCH,
        WaitTimeSeconds=1,
        VisibilityTimeout=HIDDEN_SECONDS,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["SentTimestamp"],
    )
    return answer.get("Messages", [])


def reason(message: dict) -> str:
    """Why a message lies where it lies."""
    attributes = {
        name: {"stringValue": value.get("StringValue", "")}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    if "reason" in attributes:
        return f"settlement refused: {attributes['reason']['stringValue']}"
    if (settlement := settlement_in(message)) is not None:
        return f"settlement of job {settlement.job_id} not taken in; see the log of track_settlements"
    if (merge := merge_in(message)) is not None:
        return f"results of job {merge.job_id} not merged; see the log of merge_results"
    try:
        loss = from_dead_letter({"body": message["Body"], "messageAttributes": attributes})
    except InvalidEvent as error:
        return f"not to be read: {error}"
    match loss:
        case LostWorker():
            return loss.reason
        case LostChunk():
            return f"chunk of job {loss.request.job_id}: its workers died as often as its route allows"
        case Recheck():
            return "a note of handle_worker_failures to look at its route again"


def settlement_in(message: dict) -> ChunkSettled | None:
    with suppress(InvalidEvent):
        return parse(message["Body"], ChunkSettled)
    return None


def merge_in(message: dict) -> JobFinished | MergeRequested | None:
    """The event that asked for a merge, that could not be delivered, or that failed as Lambda tells."""
    with suppress(ValueError, KeyError, TypeError, AttributeError, InvalidEvent):
        body = json.loads(message["Body"])
        event = body.get("requestPayload", body)
        if event["detail-type"] == MergeRequested.detail_type:
            return parse(event, MergeRequested)
        return parse(event, JobFinished)
    return None
