"""Starting workers for chunks that wait on a route.

That is needed when workers died without a word, or could not be started for long: all others may have
found the queue empty and stopped before the chunks came back.
"""

from typing import TYPE_CHECKING

from rollcall.dispatch import queues
from rollcall.dispatch.slots import Slots
from rollcall.routes import Route

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


def start_needed_workers(route: Route, sqs: "SQSClient", slots: Slots, at_least: int = 0) -> int:
    """Start a worker for each waiting chunk that none is starting for yet, as far as slots are free; how many.

    `at_least` so many chunks wait for sure. SQS's counts are approximate: a worker too many finds nothing and
    stops, one too few is started a minute later.
    """
    waiting = max(counts(sqs, route.queue_url)[0], at_least)
    if not waiting:
        return 0
    starting = sum(row["phase"] == "starting" for row in slots.live(route.data_type, route.max_concurrency).values())
    return slots.start_workers(route.data_type, route.target, route.max_concurrency, max(0, waiting - starting))


def counts(sqs: "SQSClient", queue_url: str) -> tuple[int, int]:
    """(waiting, in work) of a route's queue: nothing, if the route is gone."""
    try:
        return queues.counts(sqs, queue_url)
    except sqs.exceptions.QueueDoesNotExist:
        return 0, 0
