"""Lambda entry point: gives the job's task token to the barrier."""

import boto3

from rollcall.barrier import arm
from rollcall.observability import logger
from rollcall.settings import Settings

jobs = boto3.resource("dynamodb").Table(Settings.from_environment().need("jobs_table"))
sfn = boto3.client("stepfunctions")


def handler(event: dict, context) -> None:
    """Takes {"job_id", "task_token"}."""
    arm(jobs, sfn, event["job_id"], event["task_token"])
    logger.info("barrier armed", job_id=event["job_id"])
