"""Lambda entry point: consumes dead-letter queues, and the ends of tasks and jobs."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import boto3

from handle_worker_failures.failure_handler import FailureHandler
from handle_worker_failures.known_routes import KnownRoutes
from rollcall.dispatch.slots import Slots
from rollcall.errors import InvalidEvent, WorkerLost
from rollcall.observability import logger
from rollcall.records.jobs import read_plan
from rollcall.routes import read_routes
from rollcall.settings import Settings
from rollcall.worker import failures
from rollcall.worker.chunk_failer import ChunkFailer
from rollcall.worker.job_gate import JobGate

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_MILLISECONDS = 15_000

settings = Settings.from_environment()
s3, sqs, events, ssm = boto3.client("s3"), boto3.client("sqs"), boto3.client("events"), boto3.client("ssm")
jobs, workers = (boto3.resource("dynamodb").Table(settings.need(name)) for name in ("jobs_table", "workers_table"))
failure_handler = FailureHandler(
    sqs,
    Slots(workers, events, settings.need("bus")),
    JobGate(jobs),
    ChunkFailer(s3, sqs, settings.need("bucket"), settings.need("settlements_queue_url")),
    KnownRoutes(partial(read_routes, ssm, settings.need("parameters"))),
    partial(read_plan, jobs),
)


def handler(event: dict, context: "LambdaContext") -> dict:
    """Takes SQS records of dead letters, or one event of ECS or Batch.

    Returns which messages come again. Raises WorkerLost for an event that must be told again, and so Lambda does.
    """

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > SPARE_MILLISECONDS

    if "Records" in event:
        again = [message["messageId"] for message in event["Records"] if not taken(message, has_time)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
    if not handle_one(event, failures.from_event, has_time):
        raise WorkerLost("time was over before all chunks of its route were accounted for; tell of it again")
    return {}


def taken(message: dict, has_time: Callable[[], bool]) -> bool:
    """Whether a message is done with; one that fails does not hold up the others of its batch."""
    try:
        return handle_one(message, failures.from_dead_letter, has_time)
    except Exception:
        logger.exception("message not accounted for, it will be delivered again", message_id=message["messageId"])
        return False


def handle_one(told: dict, read: Callable[[dict], failures.Failure], has_time: Callable[[], bool]) -> bool:
    try:
        failure = read(told)
    except InvalidEvent as error:
        logger.error("let go: no chunk is lost with it", told=told, reason=str(error))
        return True
    return failure_handler.handle(failure, has_time)
