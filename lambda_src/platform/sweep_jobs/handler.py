"""Lambda entry point: called every minute."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3

from rollcall.dispatch.slots import Slots
from rollcall.dispatch.start_workers import start_needed_workers
from rollcall.observability import logger
from rollcall.records.jobs import open_jobs
from rollcall.routes import read_routes
from rollcall.settings import Settings
from rollcall.worker.chunk_failer import ChunkFailer
from sweep_jobs.late_chunks import LateChunks
from sweep_jobs.sweeper import Sweeper

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# What a job with many lost chunks may take, besides its own limit for one sweep.
SPARE_MILLISECONDS = 20_000

settings = Settings.from_environment()
s3, sqs, events = boto3.client("s3"), boto3.client("sqs"), boto3.client("events")
ssm, sfn, functions = boto3.client("ssm"), boto3.client("stepfunctions"), boto3.client("lambda")
tables = ("jobs_table", "progress_table", "workers_table")
jobs, progress, workers = (boto3.resource("dynamodb").Table(settings.need(name)) for name in tables)
chunk_failer = ChunkFailer(s3, sqs, settings.need("bucket"), settings.need("settlements_queue_url"))
late_chunks = LateChunks(jobs, progress, sqs, functions, chunk_failer, settings.need("dispatch_function"))
arn, finish_function = settings.need("state_machine_arn"), settings.need("finish_function")
sweeper = Sweeper(jobs, progress, sfn, functions, late_chunks, arn, finish_function)


def handler(event: dict, context: "LambdaContext") -> dict:
    """Takes {"time"?: ISO 8601 to use as now}.

    Returns {"started": workers by route, "jobs": what was done by id, "left": how many jobs there was no time for}.
    """
    now = datetime.fromisoformat(event["time"]) if event.get("time") else datetime.now(UTC)
    routes = read_routes(ssm, settings.need("parameters"))
    slots = Slots(workers, events, settings.need("bus"))
    started = {name: count for name, route in routes.items() if (count := start_needed_workers(route, sqs, slots))}
    done, left = sweep_all(list(open_jobs(jobs)), now, context.get_remaining_time_in_millis)
    logger.info("swept", started=started, jobs=done, left=left)
    return {"started": started, "jobs": done, "left": left}


def sweep_all(job_ids: list[str], now: datetime, milliseconds_left: Callable[[], int]) -> tuple[dict[str, str], int]:
    """(what was done by job id, how many jobs were left to the next sweep).

    A sweep ends before the next one begins. The jobs come in any order, so that none is left each time.
    """
    random.shuffle(job_ids)
    done: dict[str, str] = {}
    for swept, job_id in enumerate(job_ids):
        if milliseconds_left() < SPARE_MILLISECONDS:
            return done, len(job_ids) - swept
        if what := sweep(job_id, now):
            done[job_id] = what
    return done, 0


def sweep(job_id: str, now: datetime) -> str:
    """A job that cannot be swept does not hold up the others."""
    try:
        return sweeper.sweep(job_id, now)
    except Exception as error:
        logger.exception("job not swept, the next minute tries again", job_id=job_id)
        return f"not swept: {error}"
