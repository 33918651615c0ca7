"""Lambda entry point: called by the state machine, and told of executions that ended without it."""

from typing import TYPE_CHECKING

import boto3

from finish_job.ending import from_state, from_status_change
from finish_job.finish import Finisher
from finish_job.stopping import Stopper
from rollcall.dispatch.slots import Slots
from rollcall.observability import logger
from rollcall.settings import Settings
from rollcall.throttling import passes_throttling_on

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = Settings.from_environment()
s3, events, sfn = boto3.client("s3"), boto3.client("events"), boto3.client("stepfunctions")
ecs, batch = boto3.client("ecs"), boto3.client("batch")
tables = ("jobs_table", "progress_table", "workers_table")
jobs, progress, workers = (boto3.resource("dynamodb").Table(settings.need(name)) for name in tables)
slots = Slots(workers, events, settings.need("bus"))
finisher = Finisher(
    jobs,
    progress,
    s3,
    events,
    settings.need("bucket"),
    settings.need("bus"),
    Stopper(slots, ecs, batch, settings.need("cluster")),
)


def told_in(detail: dict) -> dict:
    """A status change with its reason, which the event itself may leave out."""
    if detail.get("error") or detail.get("cause"):
        return detail
    known = sfn.describe_execution(executionArn=detail["executionArn"])
    return detail | {name: known[name] for name in ("error", "cause") if known.get(name)}


@passes_throttling_on
def handler(event: dict, context: "LambdaContext") -> dict:
    """Takes {"execution", "started_at", "state"}, or a "Step Functions Execution Status Change".

    Returns how the job ended.
    """
    if "detail" in event:
        ending = from_status_change(told_in(event["detail"]))
    else:
        ending = from_state(event["execution"], event["started_at"], event["state"])
    ended = finisher.finish(ending)
    logger.info("job finished", execution=ending.execution, status=ended["status"], items=ended["items"])
    return ended
