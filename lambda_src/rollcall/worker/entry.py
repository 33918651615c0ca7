"""The worker around calculations: a Lambda handler and a container's main program in one."""

import argparse
import signal
import time
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from rollcall.dispatch.slots import Slots
from rollcall.events import VERSION, ChunkPushed, WorkerRequested, parse
from rollcall.observability import logger
from rollcall.settings import Settings
from rollcall.worker import push_worker, streams
from rollcall.worker.chunks import run_chunk
from rollcall.worker.heartbeat import Heartbeat, task_id
from rollcall.worker.idempotent import run_chunk_idempotently
from rollcall.worker.job_gate import JobGate, fresh_seconds
from rollcall.worker.pull_worker import Worker
from rollcall.worker.termination import Termination

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb.service_resource import Table

# S3 asks to slow down until it has split up keys that are written faster than ever before. These tries take at most
# seven seconds, less than a worker keeps for its end; it goes on trying while it has time.
S3_RETRIES = Config(retries={"mode": "standard", "max_attempts": 4})


@cache
def clients() -> push_worker.Clients:
    """Made once: to make one takes longer than many a call with it."""
    return {"s3": boto3.client("s3", config=S3_RETRIES), "sqs": boto3.client("sqs"), "events": boto3.client("events")}


@cache
def table(name: str) -> "Table":
    return boto3.resource("dynamodb").Table(name)


def start(
    request: WorkerRequested, seconds_left: Callable[[], float], task: str, termination: Termination | None = None
) -> int:
    """Work with real clients; logs one line when done."""
    settings, by_name = Settings.from_environment(), clients()
    worker = Worker(
        request,
        settings,
        by_name["s3"],
        by_name["sqs"],
        Slots(table(settings.need("workers_table")), by_name["events"], settings.need("bus")),
        job_gate_of(settings),
        seconds_left,
        run_chunk=run_chunk_idempotently(settings.idempotency_table) if settings.idempotency_table else run_chunk,
        termination=termination or Termination(),
    )
    with Heartbeat(worker.beat):
        count = worker.work(task)
    logger.info("worker done", data_type=request.data_type, slot=request.slot, chunks=count)
    return count


def lambda_handler(event: dict, context: "LambdaContext") -> dict:
    """Lambda entry point of every calculation: `event` is a Worker Requested or a Chunk Pushed envelope."""
    streams.lend()

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    if event.get("detail-type") == ChunkPushed.detail_type:
        return answerer().answer(parse(event, ChunkPushed), seconds_left)
    return {"chunks": start(parse(event, WorkerRequested), seconds_left, context.aws_request_id)}


@cache
def answerer() -> push_worker.PushWorker:
    settings = Settings.from_environment()
    workers = table(settings.need("workers_table"))
    return push_worker.from_environment(settings, job_gate_of(settings), workers, clients())


def job_gate_of(settings: Settings) -> JobGate:
    """As fresh as all workers of the route together may ask."""
    fresh = fresh_seconds(int(settings.need("max_concurrency")))
    return JobGate(table(settings.need("jobs_table")), fresh_seconds=fresh)


def request_from(arguments: list[str]) -> WorkerRequested:
    """What a container was started for: the fields of Worker Requested as --name value."""
    parser = argparse.ArgumentParser(prog="rollcall.worker")
    parser.add_argument("--version", choices=[VERSION], required=True)
    for each in fields(WorkerRequested):
        parser.add_argument(f"--{each.name}", type=each.type, required=True)
    values = vars(parser.parse_args(arguments))
    values.pop("version")
    return WorkerRequested(**values)


def main(arguments: list[str]) -> None:
    """Container entry point. The first process of a container has to ask for SIGTERM, or it would not hear it."""
    termination = Termination()
    signal.signal(signal.SIGTERM, termination.ask)
    ends_at = time.monotonic() + float(Settings.from_environment().need("timeout_seconds"))
    start(request_from(arguments), lambda: ends_at - time.monotonic(), task_id(), termination)
