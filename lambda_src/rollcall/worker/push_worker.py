"""Running one chunk that was pushed to this Lambda by a state machine, and answering whoever asked.

The engines other than `events` work so: nothing is pulled, no slot is held, nothing is settled here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

import boto3
from botocore.exceptions import ClientError

from rollcall.barrier.barrier import TOKEN_GONE
from rollcall.dispatch import queues
from rollcall.events import ChunkPushed, ChunkSettled, ItemCompleted
from rollcall.settings import Settings
from rollcall.worker.chunks import Writing, run_chunk
from rollcall.worker.heartbeat import Heartbeat
from rollcall.worker.idempotent import run_chunk_idempotently
from rollcall.worker.job_gate import JobGate
from rollcall.worker.rate import RateLimiter, Schedule
from rollcall.worker.run_items import Limits

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_stepfunctions.client import SFNClient

BUS = "bus"
MARGIN_SECONDS = 10.0


class Clients(TypedDict):
    """What a worker calls, made once a process."""

    s3: "S3Client"
    sqs: "SQSClient"
    events: "EventBridgeClient"


@dataclass(frozen=True)
class PushWorker:
    """What answering needs: clients of S3, EventBridge and Step Functions, the workers table, how a chunk is run."""

    settings: Settings
    s3: "S3Client"
    events: "EventBridgeClient"
    sfn: "SFNClient"
    job_gate: JobGate
    workers: "Table"
    run_chunk: Callable[..., Writing] = run_chunk

    def answer(self, pushed: ChunkPushed, seconds_left: Callable[[], float]) -> dict:
        """Run the chunk and answer {"chunk", "succeeded", "failed"}, by the way the request names too.

        Raises Abandoned when the job has ended, Unfinished when the chunk is to be pushed again, and InvalidEvent when
        the request is none.
        """
        request = pushed.chunk
        if pushed.answer_to in ("", BUS):
            settled = self.run(pushed, seconds_left)
            if pushed.answer_to == BUS:
                completed = ItemCompleted(request.job_id, request.run, request.chunk)
                queues.put(self.events, self.settings.need("bus"), [completed])
            return in_short(settled)
        with Heartbeat(lambda: self.sfn.send_task_heartbeat(taskToken=pushed.answer_to)):
            answer = in_short(self.run(pushed, seconds_left))
        try:
            self.sfn.send_task_success(taskToken=pushed.answer_to, output=json.dumps(answer))
        except ClientError as error:  # whoever asked has the answer of another, or waits no more
            if error.response["Error"]["Code"] not in TOKEN_GONE:
                raise
        return answer

    def run(self, pushed: ChunkPushed, seconds_left: Callable[[], float]) -> ChunkSettled:
        request = pushed.chunk
        margin = min(MARGIN_SECONDS, seconds_left() / 10)
        limits = Limits(
            max_attempts=int(self.settings.need("max_attempts")),
            seconds_left=lambda: seconds_left() - margin,
            abandoned=lambda: not self.job_gate.goes_on(request),
            item_timeout_seconds=float(self.settings.item_timeout_seconds or 0),
        )
        if pushed.rate:
            limiter = RateLimiter(Schedule(self.workers, pushed.rate_name, pushed.rate), request.items, limits)
            limits = replace(limits, turn=limiter.wait)
        bucket, target = self.settings.need("bucket"), self.settings.need("target")
        return self.run_chunk(request, pushed.tries + 1, self.s3, bucket, target, limits)()


def in_short(settled: ChunkSettled) -> dict:
    return {"chunk": settled.chunk, "succeeded": settled.succeeded, "failed": settled.failed}


def from_environment(settings: Settings, job_gate: JobGate, workers: "Table", clients: Clients) -> PushWorker:
    """With real clients; Step Functions' is made only where chunks are pushed."""
    run = run_chunk_idempotently(settings.idempotency_table) if settings.idempotency_table else run_chunk
    return PushWorker(settings, clients["s3"], clients["events"], boto3.client("stepfunctions"), job_gate, workers, run)
