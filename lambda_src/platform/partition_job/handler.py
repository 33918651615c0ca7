"""Lambda entry point."""

from datetime import datetime
from typing import TYPE_CHECKING

import boto3

from partition_job.partition import Partitioner
from rollcall.observability import logger
from rollcall.routes import read_routes
from rollcall.settings import Settings
from rollcall.throttling import passes_throttling_on

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = Settings.from_environment()
s3 = boto3.client("s3")
ssm = boto3.client("ssm")
jobs = boto3.resource("dynamodb").Table(settings.need("jobs_table"))


@passes_throttling_on
def handler(event: dict, context: "LambdaContext") -> dict:
    """Takes {"execution", "started_at", "request"}.

    Returns {"job_id", "job_type", "run", "items", "chunks", "results", "engine"}, and for every engine but
    `events` also "work" and "units", which its states go by.
    """
    routes = read_routes(ssm, settings.need("parameters"))
    job_types, engines = (settings.listed(name) for name in ("next_steps", "engines"))
    branches = int(settings.need("branches"))
    partitioner = Partitioner(jobs, s3, settings.need("bucket"), routes, job_types, engines, branches)
    answer = partitioner.partition(event["execution"], event["request"], datetime.fromisoformat(event["started_at"]))
    told = ("job_id", "job_type", "run", "items", "chunks", "engine")
    logger.info("job partitioned", **{name: answer[name] for name in told})
    return answer
