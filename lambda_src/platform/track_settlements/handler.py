"""Lambda entry point: consumes the settlements queue."""

from typing import TYPE_CHECKING

import boto3

from rollcall.observability import logger, metrics
from rollcall.settings import Settings
from track_settlements.tracker import Tracker

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = Settings.from_environment()
dynamodb = boto3.resource("dynamodb")
sqs = boto3.client("sqs")
LONGEST_REASON = 1000
SPARE_MILLISECONDS = 8_000  # of thirty seconds: what one run's settlements take when a call is tried again


def refuse(record: dict, reason: str) -> None:
    """Put a message into the dead-letter queue, with the reason as an attribute."""
    sqs.send_message(
        QueueUrl=settings.need("dead_settlements_queue_url"),
        MessageBody=record["body"],
        MessageAttributes={"reason": {"DataType": "String", "StringValue": reason[:LONGEST_REASON]}},
    )


tracker = Tracker(
    jobs=dynamodb.Table(settings.need("jobs_table")),
    progress=dynamodb.Table(settings.need("progress_table")),
    sfn=boto3.client("stepfunctions"),
    refuse=refuse,
    trusted_roles=frozenset(filter(None, settings.trusted_roles.split(","))),
)


@metrics.log_metrics
def handler(event: dict, context: "LambdaContext") -> dict:
    """Takes SQS records; returns the ids of those to be delivered again."""
    again = tracker.track(event["Records"], lambda: context.get_remaining_time_in_millis() > SPARE_MILLISECONDS)
    logger.info("settlements tracked", messages=len(event["Records"]), again=len(again))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
