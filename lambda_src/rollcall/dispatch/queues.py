"""Sending to SQS and EventBridge in full batches of ten, until every entry has been taken."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_exponential

from rollcall.errors import DeliveryRefused
from rollcall.events import Event, envelope

BATCH = 10
ATTEMPTS = 6
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


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
    """Delete messages. One that cannot be deleted comes again, which is harmless."""
    for handles in batches(receipt_handles):
        entries = [{"Id": str(i), "ReceiptHandle": handle} for i, handle in enumerate(handles)]
        sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)


def hide(sqs, queue_url: str, receipt_handles: list[str], seconds: int) -> None:
    """Hide messages in hand for so many seconds from now; 0 shows them to others at once.

    A message that is not in hand any more is passed over.
    """
    for handles in batches(receipt_handles):
        entries = [
            {"Id": str(i), "ReceiptHandle": handle, "VisibilityTimeout": seconds} for i, handle in enumerate(handles)
        ]
        sqs.change_message_visibility_batch(QueueUrl=queue_url, Entries=entries)


def counts(sqs, queue_url: str) -> tuple[int, int]:
    """(waiting, in work): about how many messages a queue holds."""
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(COUNTS))["Attributes"]
    return int(found[COUNTS[0]]), int(found[COUNTS[1]])


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


def until_taken(attempt: Callable[[list], list], entries: list[dict], place: str) -> None:
    """Both services may take a part of a batch; botocore retries whole calls, not parts."""
    refused = entries

    def send_refused() -> list[dict]:
        nonlocal refused
        refused = attempt(refused)
        return refused

    def give_up(_) -> None:
        raise DeliveryRefused(f"{place} refused {len(refused)} entries {ATTEMPTS} times; see its quotas and policy")

    Retrying(
        retry=retry_if_result(bool),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.1),
        retry_error_callback=give_up,
    )(send_refused)
