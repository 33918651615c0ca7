"""Accounting for losses: each is made good, or its items fail by name; no job waits for the dead."""

from collections.abc import Callable
from dataclasses import dataclass

from account_losses import obituary
from account_losses.losses import Look, Loss, LostChunk, LostWorker, look_letter
from rollcall import handed_out, queues
from rollcall.errors import WorkerLost
from rollcall.events import ChunkRequested
from rollcall.failing import Failing
from rollcall.filling import fill
from rollcall.observability import logger
from rollcall.plans import Plan
from rollcall.routes import Route
from rollcall.slots import LEASE_SECONDS, Slots
from rollcall.standing import Standing


@dataclass(frozen=True)
class Accountant:
    """An SQS client, the slots, what fails chunks, and how to find routes by data type and a run's plan."""

    sqs: object
    slots: Slots
    standing: Standing
    failing: Failing
    routes: Callable[[], dict[str, Route]]
    plan: Callable[[str, int], Plan]

    def account(self, loss: Loss, has_time: Callable[[], bool]) -> bool:
        """Make a loss good; False when time was over before that was done: then it must be told of again."""
        match loss:
            case LostWorker():
                return self.worker_lost(loss, has_time)
            case LostChunk():
                self.chunk_lost(loss.request)
            case Look():
                self.look(loss.data_type)
        return True

    def worker_lost(self, loss: LostWorker, has_time: Callable[[], bool]) -> bool:
        """Nothing is lost with a worker that has given up its slot, and nothing twice.

        Nor with the twin of one that is at work: a start that was delivered twice ends as soon as it has begun.
        """
        request, row = loss.request, self.slots.row(loss.request)
        if row is None or (row["phase"] == "working" and loss.task and row["task"] not in ("", loss.task)):
            return True
        route = self.routes().get(request.data_type)
        if not loss.waited:
            obituary.write(self.slots.table, request.data_type, loss.reason)
        place = {"route": request.data_type, "slot": request.slot, "attempt": request.attempt, "reason": loss.reason}
        if route is None:
            logger.warning("worker lost, and its route is gone", **place)
            self.slots.release(request)
        elif row["phase"] == "working":
            logger.warning("worker died at work", **place)
            self.died_at_work(loss, row, route)
        elif loss.waited or request.attempt < route.max_attempts:
            logger.warning("worker not started, asked for anew", **place)
            self.start_again(loss, route)
        else:
            logger.error("worker could not be started", **place)
            if not self.anybody_works(route) and not self.fail_waiting(route, loss.reason, has_time):
                return False
            self.slots.release(request)
        return True

    def start_again(self, loss: LostWorker, route: Route) -> None:
        """Start another worker if chunks wait. A start that only waited is not counted: the next may find room.

        One that failed may have had a chunk in hand all the same, which comes back by itself.
        """
        self.slots.release(loss.request)
        waiting, in_work = queues.counts(self.sqs, route.queue_url)
        attempt = loss.request.attempt + (not loss.waited)
        self.slots.fill(route.data_type, route.target, route.max_concurrency, min(waiting, 1), attempt)
        if in_work and not waiting:
            self.look_again(route)

    def died_at_work(self, loss: LostWorker, row: dict, route: Route) -> None:
        """Show its chunks to others at once; those it had taken since its last heartbeat come back by themselves."""
        handles = list(row.get("handles", []))
        queues.hide(self.sqs, route.queue_url, handles, 0)
        self.slots.release(loss.request)
        fill(route, self.sqs, self.slots, at_least=len(handles))
        self.look_again(route)

    def chunk_lost(self, request: ChunkRequested) -> None:
        """Fail a chunk's items by name. One that is void, or of a paused job, is laid anew elsewhere."""
        if not self.standing.hands_out(request):
            return
        part = self.plan(request.job_id, request.run).part_of(request.chunk)
        last = obituary.read(self.slots.table, part.route) or "how is not known, see its log"
        reason = f"every worker that took it died before it was done ({part.max_attempts} times); the last one: {last}"
        logger.error("chunk lost, its items fail", job_id=request.job_id, chunk=request.chunk, reason=reason)
        error = WorkerLost(f"{reason}. See the worker's log, then redrive the job")
        self.failing.fail([(request, part.max_attempts)], part.target, error)

    def look(self, data_type: str) -> None:
        """Start workers for what has come back; look once more while something is hidden and nobody is there."""
        if (route := self.routes().get(data_type)) is None:
            return
        fill(route, self.sqs, self.slots)
        _, in_work = queues.counts(self.sqs, route.queue_url)
        if in_work and not self.slots.live(data_type, route.max_concurrency):
            self.look_again(route)

    def look_again(self, route: Route) -> None:
        letter = look_letter(route.data_type)
        self.sqs.send_message(QueueUrl=f"{route.queue_url}-dlq", MessageBody=letter, DelaySeconds=LEASE_SECONDS)

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
            chunks = ((chunk.request, chunk.attempt) for chunk in handed_out.read(messages))
            self.failing.fail([c for c in chunks if self.standing.hands_out(c[0])], route.target, error)
            queues.delete(self.sqs, route.queue_url, [message["ReceiptHandle"] for message in messages])
        return False

    def receive(self, route: Route) -> list[dict]:
        answer = self.sqs.receive_message(
            QueueUrl=route.queue_url,
            MaxNumberOfMessages=queues.BATCH,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=handed_out.ATTRIBUTES,
        )
        return answer.get("Messages", [])
