"""Lambda entry point."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from dispatch_chunks.dispatch import dispatch_missing
from rollcall.dispatch.dispatcher import SENDERS, Dispatcher
from rollcall.dispatch.slots import Slots
from rollcall.observability import logger
from rollcall.settings import Settings
from rollcall.throttling import passes_throttling_on

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = Settings.from_environment()
config = Config(max_pool_connections=SENDERS)
s3, sqs = boto3.client("s3", config=config), boto3.client("sqs", config=config)
events = boto3.client("events", config=config)
dynamodb = boto3.resource("dynamodb", config=config)
jobs, progress, workers = (
    dynamodb.Table(settings.need(name)) for name in ("jobs_table", "progress_table", "workers_table")
)
dispatcher = Dispatcher(s3, sqs, settings.need("bucket"), Slots(workers, events, settings.need("bus")))


@passes_throttling_on
def handler(event: dict, context: "LambdaContext") -> dict:
    """Takes {"job_id"}; returns how many chunks were {"queued"} and how many workers {"started"}."""
    counts = dispatch_missing(event["job_id"], jobs, progress, dispatcher)
    logger.info("job dispatched", job_id=event["job_id"], queued=counts["queued"], started=counts["started"])
    return counts
