"""Chunks as they come out of a route's queue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rollcall.errors import InvalidEvent
from rollcall.events import ChunkRequested, parse
from rollcall.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import MessageSystemAttributeNameType
    from mypy_boto3_sqs.type_defs import MessageTypeDef

ATTRIBUTES: "list[MessageSystemAttributeNameType]" = ["ApproximateReceiveCount", "MessageGroupId"]


# How often a chunk is handed out beyond the attempts of its route: each death but the first is known to be an item's,
# and more than one item may take its worker down.
DELIVERIES_BEYOND_ATTEMPTS = 10


def most_deliveries(max_attempts: int, idempotent: bool) -> int:
    """How often a chunk is handed out before its items fail; that of an idempotent route is begun only once."""
    return max_attempts if idempotent else max_attempts + DELIVERIES_BEYOND_ATTEMPTS


@dataclass(frozen=True)
class Delivery:
    """A chunk in hand, for the `attempt`-th time; `group` is its job's message group."""

    request: ChunkRequested
    attempt: int
    handle: str
    group: str | None

    @property
    def as_undelivered(self) -> ChunkRequested:
        """The chunk to be enqueued again, when it was handed out in vain."""
        return replace(self.request, tries=self.attempt - 1)

    @property
    def as_begun(self) -> ChunkRequested:
        """The chunk to be enqueued again, when its worker had to leave it: this time does not count, but for the first.

        For from the second time on a worker looks for what is done already.
        """
        return replace(self.request, tries=max(1, self.attempt - 1))


def read(messages: "Iterable[MessageTypeDef]") -> Iterator[Delivery]:
    """The chunks in some messages; one that holds none comes again, until the queue puts it aside."""
    for message in messages:
        attributes = message["Attributes"]
        try:
            request = parse(message["Body"], ChunkRequested)
        except InvalidEvent as error:
            logger.error("not a chunk", message_id=message["MessageId"], reason=str(error))
            continue
        attempt = request.tries + int(attributes["ApproximateReceiveCount"])
        yield Delivery(request, attempt, message["ReceiptHandle"], attributes.get("MessageGroupId"))
