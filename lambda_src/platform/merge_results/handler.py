"""Lambda entry point: called by a rule when a run of a job has ended, and for each section of one with many items."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from merge_results.chunk_results import READERS
from merge_results.merge import Merger
from rollcall.events import JobFinished, MergeRequested, parse
from rollcall.observability import logger
from rollcall.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = Settings.from_environment()
s3, events = boto3.client("s3", config=Config(max_pool_connections=READERS + 4)), boto3.client("events")
jobs = boto3.resource("dynamodb").Table(settings.need("jobs_table"))
merger = Merger(jobs, s3, events, settings.need("bucket"), settings.need("bus"))


def handler(event: dict, context: "LambdaContext") -> None:
    """Takes a "Job Finished" or a "Merge Requested"."""
    if event["detail-type"] == MergeRequested.detail_type:
        request = parse(event, MergeRequested)
        merger.merge_section(request)
        logger.info("section merged", job_id=request.job_id, run=request.run, section=request.section)
    else:
        finished = parse(event, JobFinished)
        merger.merge_run(finished.job_id, finished.run)
        logger.info("results merged", job_id=finished.job_id, run=finished.run)
