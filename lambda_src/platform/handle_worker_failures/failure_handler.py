"""Accounting for losses: each is made good, or its items fail by name; no job waits for the dead."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rollcall.dispatch import last_failure, queues
from rollcall.dispatch.slots import LEASE_SECONDS, Slots
from rollcall.dispatch.start_workers import start_needed_workers
from rollcall.errors import WorkerLost
from rollcall.events import ChunkRequested
from rollcall.observability import logger
from rollcall.records.plans import Plan
from rollcall.records.rows import SlotRow
from rollcall.routes import Route
from rollcall.worker import deliveries
from rollcall.worker.chunk_failer import ChunkFailer
from rollcall.worker.failures import Failure, LostChunk, LostWorker, Recheck, recheck_message
from rollcall.worker.job_gate import JobGate

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef


@dataclass(frozen=True)
class FailureHandler:
    """An SQS client, the slots, what fails chunks, and how to find routes by data type and a run's plan."""

    sqs: "SQSClient"
    slots: Slots
    job_gate: JobGate
    chunk_failer: ChunkFailer
    routes: Callable[[], dict[str, Route]]
    plan: Callable[[str, int], Plan]

    def handle(self, failure: Failure, has_time: Callable[[], bool]) -> bool:
        """Make a failure good; False when time was over before that was done: then it must be told of again."""
        match failure:
            case LostWorker():
                return self.worker_lost(failure, has_time)
            case LostChunk():
                self.chunk_lost(failure.request)
            case Recheck():
                self.look(failure.data_type)
        return True

    def worker_lost(self, failure: LostWorker, has_time: Callable[[], bool]) -> bool:
        """Nothing is lost with a worker that has given up its slot, and nothing twice.

        Nor with the twin of one that is at work: a start that was delivered twice ends as soon as it has begun, or
        is told as failed although its first delivery has come to something.
        """
        request, row = failure.request, self.slots.row(failure.request)
        if row is None or (row["phase"] == "working" and row["task"] not in ("", failure.task)):
            return True
        route = self.routes().get(request.data_type)
        kind = last_failure.WAITS if failure.waited else last_failure.DIED
        last_failure.write(self.slots.table, request.data_type, kind, failure.reason)
        place: dict[str, Any] = {
            "route": request.data_type,
            "slot": request.slot,
            "attempt": request.attempt,
            "reason": failure.reason,
        }
        if route is None:
            logger.warning("worker lost, and its route is gone", **place)
            self.slots.release(request)
        elif row["phase"] == "working":
            logger.warning("worker died at work", **place)
            self.died_at_work(failure, row, route)
        elif failure.waited or request.attempt < route.max_attempts:
            logger.warning("worker not started, asked for again", **place)
            self.start_again(failure, route)
        else:
            logger.error("worker could not be started", **place)
            if not self.anybody_works(route) and not self.fail_waiting(route, failure.reason, has_time):
                return False
            self.slots.release(request)
        return True

    def start_again(self, failure: LostWorker, route: Route) -> None:
        """Start another worker if chunks wait. A start that only waited is not counted: the next may find room.

        One that failed may have had a chunk in hand all the same, which comes back by itself.
        """
        self.slots.release(failure.request)
        waiting, in_work = queues.counts(self.sqs, route.queue_url)
        attempt = failure.request.attempt + (not failure.waited)
        self.slots.start_workers(route.data_type, route.target, route.max_concurrency, min(waiting, 1), attempt)
        if in_work and not waiting:
            self.schedule_recheck(route)

    def died_at_work(self, failure: LostWorker, row: SlotRow, route: Route) -> None:
        """Show its chunks to others at once; those it had taken since its last heartbeat come back by themselves."""
        handles = list(row.get("handles", []))
        queues.hide(self.sqs, route.queue_url, handles, 0)
        self.slots.release(failure.request)
        start_needed_workers(route, self.sqs, self.slots, at_least=len(handles))
        self.schedule_recheck(route)

    def chunk_lost(self, request: ChunkRequested) -> None:
        """Fail a chunk's items by name. One that is void, or of a paused job, is enqueued again elsewhere."""
        if not self.job_gate.hands_out(request):
            return
        part = self.plan(request.job_id, request.run).part_of(request.chunk)
        last = last_failure.read(self.slots.table, part.route, last_failure.DIED) or "how is not known, see its log"
        reason = f"every worker that took it died before it was done; the last one: {last}"
        logger.error("chunk lost, its items fail", job_id=request.job_id, chunk=request.chunk, reason=reason)
        error = WorkerLost(f"{reason}. See the worker's log, then redrive the job")
        self.chunk_failer.fail([(request, part.max_attempts)], part.target, error)

    def look(self, data_type: str) -> None:
        """Start workers for what has come back. What is hidden still the sweeper sees within a minute of its return.

        To send one more message here would be a loop, and Lambda stops a function's loop after sixteen rounds.
        """
        if route := self.routes().get(data_type):
            start_needed_workers(route, self.sqs, self.slots)

    def schedule_recheck(self, route: Route) -> None:
        message = recheck_message(route.data_type)
        self.sqs.send_message(QueueUrl=f"{route.queue_url}-dlq", MessageBody=message, DelaySeconds=LEASE_SECONDS)

    def anybody_works(self, route: Route) -> bool:
        return any(
            row["phase"] == "working" for row in self.slots.live(route.data_type, route.max_concurrency).values()
        )

    def fail_waiting(self, route: Route, reason: str, has_time: Callable[[], bool]) -> bool:
        """Fail what waits on a route that no worker can be started for; False when time was over first."""
        error = WorkerLost(
            f"no worker of route {route.data_type!r} came to work: {reason}. Correct it, then redrive the job"
        )
        while has_time():
            messages = self.receive(route)
            if not messages:
                return True
            chunks = ((chunk.request, chunk.attempt) for chunk in deliveries.read(messages))
            self.chunk_failer.fail([c for c in chunks if self.job_gate.hands_out(c[0])], route.target, error)
            queues.delete(self.sqs, route.queue_url, [message["ReceiptHandle"] for message in messages])
        return False

    def receive(self, route: Route) -> "list[MessageTypeDef]":
        answer = self.sqs.receive_message(
            QueueUrl=route.queue_url,
            MaxNumberOfMessages=queues.BATCH,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=deliveries.ATTRIBUTES,
        )
        return answer.get("Messages", [])
