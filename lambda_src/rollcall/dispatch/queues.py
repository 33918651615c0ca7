"""Sending to SQS and EventBridge in full batches of ten, until every entry has been taken."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from rollcall import throttling
from rollcall.errors import DeliveryRefused, Throttled
from rollcall.events import Event, envelope
from rollcall.ranges import batches

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        DeleteMessageBatchRequestEntryTypeDef,
    )

BATCH = 10
ATTEMPTS = 6
COUNTS: "tuple[QueueAttributeNameType, QueueAttributeNameType]" = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
)
T = TypeVar("T")


def send(sqs: "SQSClient", queue_url: str, events: Sequence[Event], group: str | None = None) -> None:
    """Send at most ten events as one batch; raises Throttled or DeliveryRefused for what is refused six times.

    `group` is the message group of a fair queue: a group with many messages does not hold up the others.
    """
    extra = {"MessageGroupId": group} if group else {}
    entries: list[Any] = [{"Id": str(i), "MessageBody": json.dumps(envelope(e)), **extra} for i, e in enumerate(events)]

    def attempt(entries: list[Any]) -> list[tuple[Any, str]]:
        failed = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", [])
        codes = {each["Id"]: each["Code"] for each in failed}
        return [(entry, codes[entry["Id"]]) for entry in entries if entry["Id"] in codes]

    until_taken(attempt, entries, queue_url)


def delete(sqs: "SQSClient", queue_url: str, receipt_handles: list[str]) -> None:
    """Delete messages. One that cannot be deleted comes again, which is harmless."""
    for handles in batches(receipt_handles, BATCH):
        entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
            {"Id": str(i), "ReceiptHandle": handle} for i, handle in enumerate(handles)
        ]
        sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)


def hide(sqs: "SQSClient", queue_url: str, receipt_handles: list[str], seconds: int) -> None:
    """Hide messages in hand for so many seconds from now; 0 shows them to others at once.

    A message that is not in hand any more is passed over.
    """
    for handles in batches(receipt_handles, BATCH):
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {"Id": str(i), "ReceiptHandle": handle, "VisibilityTimeout": seconds} for i, handle in enumerate(handles)
        ]
        sqs.change_message_visibility_batch(QueueUrl=queue_url, Entries=entries)


def counts(sqs: "SQSClient", queue_url: str) -> tuple[int, int]:
    """(waiting, in work): about how many messages a queue holds."""
    waiting, in_work = COUNTS
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=COUNTS)["Attributes"]
    return int(found[waiting]), int(found[in_work])


def put(events_client: "EventBridgeClient", bus: str, events: Sequence[Event]) -> None:
    """Put at most ten events on a bus; raises Throttled or DeliveryRefused for what is refused six times."""
    entries: list[PutEventsRequestEntryTypeDef] = [
        {
            "EventBusName": bus,
            "Source": message["source"],
            "DetailType": message["detail-type"],
            "Detail": json.dumps(message["detail"]),
        }
        for message in map(envelope, events)
    ]

    def attempt(entries: "list[PutEventsRequestEntryTypeDef]") -> "list[tuple[PutEventsRequestEntryTypeDef, str]]":
        answers = events_client.put_events(Entries=entries)["Entries"]
        both = zip(entries, answers, strict=True)
        return [(entry, answer["ErrorCode"]) for entry, answer in both if "ErrorCode" in answer]

    until_taken(attempt, entries, bus)


def until_taken(attempt: Callable[[list[T]], list[tuple[T, str]]], entries: list[T], place: str) -> None:
    """Both services may take a part of a batch; botocore retries whole calls, not parts.

    `attempt` tells which entries were refused, each with the service's code.
    """
    refused = [(entry, "") for entry in entries]

    def send_refused() -> list[tuple[T, str]]:
        nonlocal refused
        refused = attempt([entry for entry, _ in refused])
        return refused

    def give_up(_: RetryCallState) -> None:
        codes = {code for _, code in refused}
        kind = Throttled if codes <= throttling.CODES else DeliveryRefused
        which = ", ".join(sorted(codes))
        raise kind(f"{place} refused {len(refused)} entries {ATTEMPTS} times ({which}); see its quotas and policy")

    Retrying(
        retry=retry_if_result(bool),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.1),
        retry_error_callback=give_up,
    )(send_refused)
