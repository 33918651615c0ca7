"""Lambda entry point."""

import boto3

from finish_job.finish import finish
from rollcall.observability import logger
from rollcall.settings import Settings

jobs = boto3.resource("dynamodb").Table(Settings.from_environment().need("jobs_table"))


def handler(event: dict, context) -> dict:
    """Takes {"job_id", "state"}, the state machine's data; returns how the job ended."""
    state = event["state"]
    summary = state.get("summary", {}).get("value")
    ended = finish(jobs, event["job_id"], state.get("outcome"), summary, state.get("error"))
    logger.info("job finished", job_id=ended["job_id"], status=ended["status"], items=ended["items"])
    return ended
