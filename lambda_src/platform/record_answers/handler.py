"""Lambda entry point: called by the state machine when a Map has ended."""

from typing import TYPE_CHECKING

import boto3

from record_answers.answers import read_answers
from record_answers.recorder import Recorder
from rollcall.observability import logger
from rollcall.settings import Settings
from rollcall.throttling import passes_throttling_on

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = Settings.from_environment()
s3, sfn = boto3.client("s3"), boto3.client("stepfunctions")
jobs, progress = (boto3.resource("dynamodb").Table(settings.need(name)) for name in ("jobs_table", "progress_table"))
recorder = Recorder(jobs, progress, s3, sfn, settings.need("bucket"))


@passes_throttling_on
def handler(event: dict, context: "LambdaContext") -> dict:
    """Takes {"job_id", "job_type", "run", "results", "answers"}; returns the same with "outcome" for "answers"."""
    answers = read_answers(event.pop("answers"), s3)
    outcome = recorder.record(event["job_id"], event["run"], answers)
    logger.info("answers recorded", **outcome, job_id=event["job_id"])
    return {**event, "outcome": outcome}
