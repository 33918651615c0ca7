"""Measuring one cell once: the same request, wait and reading for every engine."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from rollcall.engines import Engine
from rollcall.intake.manifests import job_prefix
from rollcall.records import results
from rollcall.records.jobs import JobState
from rollcall_bench import counting, inputs, spans
from rollcall_bench.cloud import JOB_TYPE
from rollcall_bench.grid import Cell
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.executions import execution_arn
from rollcall_client.job_status import is_at_rest, job_row
from rollcall_client.submission import Terms, submit

UNHELD = (Engine.EVENTS_PER_ITEM,)  # its Map goes on as soon as an item is on the bus
SUBMITTERS = 8
POLL_SECONDS = 0.25
PATIENCE = 10  # times the expected duration, and two minutes
PATIENCE_SECONDS = 120
KEYS_AT_ONCE = 1000


class MeasurementFailed(CommandError):
    """Raised when a job of the benchmark did not succeed whole, or not in time."""


@dataclass(frozen=True)
class Bench:
    """A running cloud with the benchmark's routes; `url` is the cloud's, `folder` takes inputs."""

    env: Environment
    url: str
    folder: Path

    def measure(self, cell: Cell, job_id: str) -> dict:
        """{"makespan_s", "peak_concurrency", "mean_concurrency", "counts"}; raises MeasurementFailed."""
        source, ids = self.put_input(cell), [f"{job_id}-{number}" for number in range(cell.jobs)]
        with self.workers_held(cell):
            before = counting.read(self.url)
            self.submit(cell, source, ids)
            self.wait(cell, ids)
            counts = counting.difference(before, counting.read_when_quiet(self.url))
        measured = {
            "makespan_s": round(self.makespan(ids), 3),
            **self.concurrency(cell, ids),
            "counts": counts,
        }
        for each in ids:
            self.remove(job_prefix(each))
        return measured

    def submit(self, cell: Cell, source: str, ids: list[str]) -> None:
        terms = Terms(job_type=JOB_TYPE, engine=cell.engine, chunk_size=cell.chunk)
        submit(self.env, source, ids[0], terms)  # boto3 makes the first clients of a session in one thread alone
        with ThreadPoolExecutor(SUBMITTERS) as pool:
            list(pool.map(lambda job_id: submit(self.env, source, job_id, terms), ids[1:]))

    def put_input(self, cell: Cell) -> str:
        """Where the items are in S3; uploading them is no part of a job."""
        path, bucket = inputs.write(self.folder, cell), self.env.deployment.bucket
        self.s3.upload_file(str(path), bucket, f"inputs/{path.name}")
        return f"s3://{bucket}/inputs/{path.name}"

    @contextmanager
    def workers_held(self, cell: Cell) -> Iterator[None]:
        """An engine that does not keep to the route's max_concurrency itself is held to it by Lambda."""
        if cell.engine not in UNHELD:
            yield
            return
        functions, name = client(self.env, "lambda"), self.env.routes[cell.data_type].function
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=cell.concurrency)
        try:
            yield
        finally:
            functions.delete_function_concurrency(FunctionName=name)

    @property
    def s3(self) -> Any:
        return client(self.env, "s3")

    def wait(self, cell: Cell, ids: list[str]) -> None:
        """Until the jobs are at rest; they must have succeeded whole."""
        patience = PATIENCE_SECONDS + PATIENCE * cell.expected_s
        deadline = time.monotonic() + patience
        for job_id in ids:
            self.wait_for_one(cell, job_id, patience, deadline)

    def wait_for_one(self, cell: Cell, job_id: str, patience: float, deadline: float) -> None:
        arn, states = execution_arn(self.env, job_id), client(self.env, "stepfunctions")
        while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
            if time.monotonic() > deadline:
                states.stop_execution(executionArn=arn)
                raise MeasurementFailed(f"{cell.words}: not done after {patience:.0f} s; it was stopped")
            time.sleep(POLL_SECONDS)
        while not is_at_rest(row := job_row(self.env, job_id)) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if row["state"] != JobState.SUCCEEDED or row["succeeded"] != cell.items:
            told = row.get("error") or "; ".join(row.get("problems", [])) or f"{row.get('failed', 0)} items failed"
            raise MeasurementFailed(f"{cell.words}: job {job_id} ended {row['state']}: {told}")

    def makespan(self, ids: list[str]) -> float:
        """Seconds from the first execution's start to the end of the last next step, by their own histories."""
        begun, ended = zip(*map(self.span, ids), strict=True)
        return (max(ended) - min(begun)).total_seconds()

    def span(self, job_id: str) -> tuple[datetime, datetime]:
        arn, states = execution_arn(self.env, job_id), client(self.env, "stepfunctions")
        first = states.get_execution_history(executionArn=arn, maxResults=1)["events"][0]
        last = states.get_execution_history(executionArn=arn, maxResults=20, reverseOrder=True)["events"]
        return first["timestamp"], next_step_ended(last)

    def concurrency(self, cell: Cell, ids: list[str]) -> dict:
        """Of items that sleep, by their own times; others are over too soon to be counted."""
        if not cell.seconds:
            return {"peak_concurrency": None, "mean_concurrency": None}
        bucket = self.env.deployment.bucket
        lines = (line for job_id in ids for line in results.read_results(self.s3, bucket, job_id))
        at_work = [(line["result"]["began"], line["result"]["ended"]) for line in lines]
        return {"peak_concurrency": spans.peak(at_work), "mean_concurrency": round(spans.mean(at_work), 2)}

    def remove(self, prefix: str) -> None:
        """What a job left in S3: the cloud would get slower by it."""
        bucket = self.env.deployment.bucket
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
            for first in range(0, len(keys), KEYS_AT_ONCE):
                self.s3.delete_objects(Bucket=bucket, Delete={"Objects": keys[first : first + KEYS_AT_ONCE]})


@cache
def client(env: Environment, service: str) -> Any:
    return env.client(service)


def next_step_ended(events: list[dict]) -> datetime:
    return next(
        event["timestamp"] for event in events if event.get("stateExitedEventDetails", {}).get("name") == "NextStep"
    )
