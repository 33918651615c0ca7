"""Lambda entry point: consumes the routes' dead-letter queues, and the ends of tasks and jobs."""

from functools import partial

import boto3

from account_losses import losses
from account_losses.accounting import Accountant
from account_losses.known_routes import KnownRoutes
from rollcall.errors import InvalidEvent, WorkerLost
from rollcall.failing import Failing
from rollcall.jobs import read_plan
from rollcall.observability import logger
from rollcall.routes import read_routes
from rollcall.settings import Settings
from rollcall.slots import Slots
from rollcall.standing import Standing

SPARE_MILLISECONDS = 15_000
BY_EVENT = {"ECS Task State Change": losses.from_task_change, "Batch Job State Change": losses.from_job_change}

settings = Settings.from_environment()
s3, sqs, events, ssm = (boto3.client(name) for name in ("s3", "sqs", "events", "ssm"))
jobs, workers = (boto3.resource("dynamodb").Table(settings.need(name)) for name in ("jobs_table", "workers_table"))
accountant = Accountant(
    sqs,
    Slots(workers, events, settings.need("bus")),
    Standing(jobs),
    Failing(s3, sqs, settings.need("bucket"), settings.need("settlements_queue_url")),
    KnownRoutes(partial(read_routes, ssm, settings.need("parameters"))),
    partial(read_plan, jobs),
)


def handler(event: dict, context) -> dict:
    """Takes SQS records of dead letters, or one event of ECS or Batch; returns which letters come again.

    Raises WorkerLost for an event that must be told again, and so Lambda does.
    """

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > SPARE_MILLISECONDS

    if "Records" in event:
        again = [letter["messageId"] for letter in event["Records"] if not taken(letter, has_time)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
    if not account(event["detail"], BY_EVENT[event["detail-type"]], has_time):
        raise WorkerLost("time was over before all chunks of its route were accounted for; tell of it again")
    return {}


def taken(letter: dict, has_time) -> bool:
    """Whether a letter is done with; one that fails does not hold up the others of its batch."""
    try:
        return account(letter, losses.from_dead_letter, has_time)
    except Exception:
        logger.exception("letter not accounted for, it will be delivered again", message_id=letter["messageId"])
        return False


def account(told: dict, read, has_time) -> bool:
    try:
        loss = read(told)
    except InvalidEvent as error:
        logger.error("let go: no chunk is lost with it", told=told, reason=str(error))
        return True
    return accountant.account(loss, has_time)
