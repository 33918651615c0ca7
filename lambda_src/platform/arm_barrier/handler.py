"""Lambda entry point: gives the job's task token to the barrier."""

from typing import TYPE_CHECKING

import boto3

from rollcall.barrier.barrier import arm
from rollcall.observability import logger
from rollcall.records.jobs import job_of
from rollcall.settings import Settings
from rollcall.throttling import passes_throttling_on

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

jobs = boto3.resource("dynamodb").Table(Settings.from_environment().need("jobs_table"))
sfn = boto3.client("stepfunctions")


@passes_throttling_on
def handler(event: dict, context: "LambdaContext") -> None:
    """Takes {"execution", "task_token"}."""
    job_id, run, restart = job_of(event["execution"])
    arm(jobs, sfn, job_id, run, restart, event["task_token"])
    logger.info("barrier armed", job_id=job_id, run=run)
