"""Lambda entry point: consumes the settlements queue."""

import boto3

from rollcall.observability import logger, metrics
from rollcall.settings import Settings
from track_settlements.tracker import Tracker

settings = Settings.from_environment()
dynamodb = boto3.resource("dynamodb")
tracker = Tracker(
    jobs=dynamodb.Table(settings.need("jobs_table")),
    progress=dynamodb.Table(settings.need("progress_table")),
    sfn=boto3.client("stepfunctions"),
)


@metrics.log_metrics
def handler(event: dict, context) -> dict:
    """Takes SQS records; returns the ids of those to be delivered again."""
    refused = tracker.track(event["Records"])
    logger.info("settlements tracked", messages=len(event["Records"]), refused=len(refused))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in refused]}
