"""Waking routes: where chunks lie in a queue and nobody pulls, start one worker.

That happens when a worker dies with chunks it has pulled: they come back when their visibility
timeout is over, and by then all other workers may have found the queue empty and stopped.
"""

from collections.abc import Iterable

from rollcall import queues
from rollcall.routes import Route

COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


def wake(routes: Iterable[Route], sqs, events_client, bus: str) -> list[str]:
    """Start one worker on each route that has waiting chunks and none in work; their data types."""
    return [route.data_type for route in routes if is_asleep(route, sqs) and start(route, sqs, events_client, bus)]


def is_asleep(route: Route, sqs) -> bool:
    """Whether chunks wait and none is being worked on, as far as SQS's approximate counts tell.

    A worker too many does no harm: it pulls like the others and stops with them.
    """
    counts = sqs.get_queue_attributes(QueueUrl=route.queue_url, AttributeNames=list(COUNTS))["Attributes"]
    waiting, in_work = (int(counts[name]) for name in COUNTS)
    return waiting > 0 and in_work == 0


def start(route: Route, sqs, events_client, bus: str) -> bool:
    """Start a worker with one waiting chunk; False when another was quicker."""
    messages = sqs.receive_message(QueueUrl=route.queue_url, MaxNumberOfMessages=1).get("Messages", [])
    queues.start_worker(sqs, events_client, route.queue_url, bus, messages)
    return bool(messages)
