"""Lambda entry point: consumes the routes' dead-letter queues, and the ends of tasks and jobs."""

import boto3

from account_losses import losses
from account_losses.accounting import Accountant
from rollcall.errors import InvalidEvent
from rollcall.observability import logger
from rollcall.routes import read_routes
from rollcall.settings import Settings

settings = Settings.from_environment()
ssm = boto3.client("ssm")
BY_EVENT = {"ECS Task State Change": losses.from_task_change, "Batch Job State Change": losses.from_job_change}


def max_attempts(data_type: str) -> int:
    route = read_routes(ssm, settings.need("parameters")).get(data_type)
    return route.max_attempts if route else 1


accountant = Accountant(
    *(boto3.client(name) for name in ("s3", "sqs", "events")),
    settings.need("bucket"),
    settings.need("bus"),
    settings.need("settlements_queue_url"),
    max_attempts,
)


def handler(event: dict, context) -> None:
    """Takes SQS records of dead letters, or one event of ECS or Batch."""
    for told, read in told_in(event):
        try:
            loss = read(told)
        except InvalidEvent as error:
            logger.error("let go: no chunk is lost with it", told=told, reason=str(error))
        else:
            accountant.account(loss)


def told_in(event: dict) -> list[tuple]:
    """(what is told, how to read it) for each loss in an event."""
    if "Records" in event:
        return [(record, losses.from_dead_letter) for record in event["Records"]]
    return [(event["detail"], BY_EVENT[event["detail-type"]])]
