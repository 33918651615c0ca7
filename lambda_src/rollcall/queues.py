"""Sending to SQS and EventBridge in full batches of ten, until every entry has been taken."""

import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice

from rollcall.errors import DeliveryRefused
from rollcall.events import ChunkRequested, Event, envelope, parse

BATCH = 10
ATTEMPTS = 6


def batches(values: Iterable, size: int = BATCH) -> Iterator[list]:
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


def send(sqs, queue_url: str, events: list[Event], group: str | None = None) -> None:
    """Send at most ten events as one batch; raises DeliveryRefused for what is refused six times.

    `group` is the message group of a fair queue: a group with many messages does not hold up the others.
    """
    extra = {"MessageGroupId": group} if group else {}
    entries = [{"Id": str(i), "MessageBody": json.dumps(envelope(e)), **extra} for i, e in enumerate(events)]

    def attempt(entries: list[dict]) -> list[dict]:
        refused = {f["Id"] for f in sqs.send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", [])}
        return [entry for entry in entries if entry["Id"] in refused]

    until_taken(attempt, entries, queue_url)


def delete(sqs, queue_url: str, receipt_handles: list[str]) -> None:
    """Delete at most ten messages. One that cannot be deleted comes again, which is harmless."""
    entries = [{"Id": str(i), "ReceiptHandle": handle} for i, handle in enumerate(receipt_handles)]
    if entries:
        sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)


def put(events_client, bus: str, events: list[Event]) -> None:
    """Put at most ten events on a bus; raises DeliveryRefused for what is refused six times."""
    entries = [
        {
            "EventBusName": bus,
            "Source": message["source"],
            "DetailType": message["detail-type"],
            "Detail": json.dumps(message["detail"]),
        }
        for message in map(envelope, events)
    ]

    def attempt(entries: list[dict]) -> list[dict]:
        answers = events_client.put_events(Entries=entries)["Entries"]
        return [entry for entry, answer in zip(entries, answers, strict=True) if "ErrorCode" in answer]

    until_taken(attempt, entries, bus)


def start_worker(sqs, events_client, queue_url: str, bus: str, messages: list[dict]) -> None:
    """Put chunks received from a route's queue on the bus; they leave the queue only after that."""
    for message in messages:
        put(events_client, bus, [parse(message["Body"], ChunkRequested)])
        delete(sqs, queue_url, [message["ReceiptHandle"]])


def until_taken(attempt, entries: list[dict], place: str) -> None:
    """Both services may take a part of a batch; botocore retries whole calls, not parts."""
    for number in range(ATTEMPTS):
        entries = attempt(entries)
        if not entries:
            return
        time.sleep(0.1 * 2**number)
    raise DeliveryRefused(f"{place} refused {len(entries)} entries {ATTEMPTS} times; see its quotas and policy")
