"""The worker around calculations: a Lambda handler and a container's main program in one.

It takes the slot it was started for, then pulls chunks from its route's queue until that is empty or
its own time is nearly over; then it passes its slot on to a successor.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache

import boto3

from rollcall import handed_out, pushed, queues
from rollcall.answers import Limits
from rollcall.chunks import run_chunk
from rollcall.errors import Abandoned, AlreadyRunning
from rollcall.events import VERSION, ChunkPushed, ChunkRequested, ChunkSettled, WorkerRequested, parse
from rollcall.handed_out import HandedOut
from rollcall.heartbeat import Heartbeat, task_id
from rollcall.observability import logger
from rollcall.once import run_chunk_once
from rollcall.settings import Settings
from rollcall.slots import LEASE_SECONDS, Slots
from rollcall.standing import Standing

PULL_SECONDS = 2.0  # pull as many chunks at once as fill about this time, so that the last ones are shared out
FLUSH_SECONDS = 10.0  # settlements wait at most this long for a full batch, while more of their job is in hand
ELSEWHERE_SECONDS = 300  # when to look again whether a chunk in progress elsewhere has ended
LONG_POLL_SECONDS = 1  # asks every SQS server; a short poll may miss messages and stop a worker too early


def chunks_at_once(seconds: float) -> int:
    """How many chunks that take so long are pulled together."""
    return max(1, min(queues.BATCH, int(PULL_SECONDS / max(seconds, 0.001))))


@dataclass
class Worker:
    """One worker's run. `seconds_left` tells how long it may still live; `clock` gives seconds."""

    request: WorkerRequested
    settings: Settings
    s3: object
    sqs: object
    slots: Slots
    standing: Standing
    seconds_left: Callable[[], float]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    run_chunk: Callable[..., ChunkSettled] = run_chunk
    in_hand: dict[str, str] = field(default_factory=dict)  # receipt handle → job id

    def __post_init__(self):
        self.settled: list[ChunkSettled] = []
        self.done: list[str] = []
        self.flushed_at = self.clock()
        self.longest_chunk = 0.0
        self.max_attempts = int(self.settings.need("max_attempts"))
        self.margin = min(20.0, self.seconds_left() / 5)
        self.count = 0
        self.claims = self.lost_claim = 0  # a beat may find the slot of a claim lost after the next claim was made

    @property
    def has_slot(self) -> bool:
        return self.claims > self.lost_claim

    def work(self, task: str) -> int:
        """Run all that can be pulled; the number of chunks settled. Does nothing when another has its slot."""
        if not self.claim(task):
            return 0
        try:
            self.pull_until_empty(task)
        except Exception:
            if not self.count:
                self.slots.never_worked(self.request)
            raise
        return self.count

    def claim(self, task: str) -> bool:
        claimed = self.slots.claim(self.request, task)
        self.claims += claimed
        return claimed

    def pull_until_empty(self, task: str) -> None:
        """The last look at the queue is taken after the slot is free.

        Whoever lays a chunk and then finds the slot taken may rely on this worker to see the chunk. So must this
        worker on another, when it puts chunks back: if nobody has the slot by then, it goes on itself.
        """
        while self.has_slot and self.has_time():
            messages = self.poll(seconds=0)
            if not messages:
                self.flush()
                self.slots.release(self.request)
                messages = self.poll(seconds=LONG_POLL_SECONDS)
                if not messages:
                    return
                if not self.claim(task):
                    self.put_back(list(handed_out.read(messages)))
                    if not self.claim(task):
                        return
                    continue
            self.run(messages)
        self.flush()
        if self.has_slot:
            self.slots.pass_on(self.request, self.settings.need("target"))

    def poll(self, seconds: int) -> list[dict]:
        answer = self.sqs.receive_message(
            QueueUrl=self.settings.need("route_queue_url"),
            MaxNumberOfMessages=self.pull_size(),
            WaitTimeSeconds=seconds,
            MessageSystemAttributeNames=handed_out.ATTRIBUTES,
        )
        return answer.get("Messages", [])

    def run(self, messages: list[dict]) -> None:
        """Run the chunks in some messages, in turn; those of a job that does not hand out are let go.

        One that has been handed out before may be what its worker died of, so it runs with no other in hand.
        """
        received = list(handed_out.read(messages))
        self.in_hand |= {chunk.handle: chunk.request.job_id for chunk in received}
        if not self.count:  # should it die of its very first chunk, that is known at once
            self.renew_lease()
        suspects = [chunk for chunk in received if chunk.attempt > 1]
        rest = [chunk for chunk in received if chunk.attempt == 1] + suspects[:1]
        if len(suspects) > 1:
            self.put_back(suspects[1:])
        for position, chunk in enumerate(rest):
            if position and self.seconds_left() < self.margin:  # one before took longer than any had so far
                self.put_back(rest[position:])
                return
            if chunk.attempt > 1 or self.holds_up_another(chunk):
                self.flush()
            self.run_one(chunk)

    def holds_up_another(self, chunk: HandedOut) -> bool:
        """Whether settlements of another job than this chunk's wait: it may be that only they are missing there."""
        return any(settled.job_id != chunk.request.job_id for settled in self.settled)

    def run_one(self, chunk: HandedOut) -> None:
        try:
            if chunk.attempt > self.max_attempts:
                self.let_go(chunk, seconds=0)  # shown again until the queue puts it aside
            elif self.standing.hands_out(chunk.request):
                self.settle(chunk.request, chunk.attempt)
                self.done.append(chunk.handle)
            else:
                self.done.append(chunk.handle)
        except Abandoned:
            self.done.append(chunk.handle)
        except AlreadyRunning:
            self.let_go(chunk, ELSEWHERE_SECONDS)
        failed = bool(self.settled) and self.settled[-1].failed  # some jobs end at the first failure
        if failed or len(self.done) >= queues.BATCH or self.clock() - self.flushed_at > FLUSH_SECONDS:
            self.flush()

    def let_go(self, chunk: HandedOut, seconds: int) -> None:
        """Take a chunk out of hand, and let it be seen again after some seconds."""
        self.in_hand.pop(chunk.handle)
        queues.hide(self.sqs, self.settings.need("route_queue_url"), [chunk.handle], seconds)

    def settle(self, request: ChunkRequested, attempt: int) -> None:
        started = self.clock()
        limits = Limits(
            max_attempts=self.max_attempts,
            out_of_time=lambda ahead=0.0: self.seconds_left() - ahead < self.margin / 2,
            abandoned=lambda: not self.standing.goes_on(request),
            sleep=self.sleep,
        )
        bucket, target = self.settings.need("bucket"), self.settings.need("target")
        self.settled.append(self.run_chunk(request, attempt, self.s3, bucket, target, limits))
        self.longest_chunk = max(self.longest_chunk, self.clock() - started)
        self.count += 1

    def flush(self) -> None:
        """Settle what has been run, and only then take it off the queue."""
        for some in queues.batches(self.settled):
            queues.send(self.sqs, self.settings.need("settlements_queue_url"), some)
        queues.delete(self.sqs, self.settings.need("route_queue_url"), self.done)
        for handle in self.done:
            self.in_hand.pop(handle)
        self.settled, self.done, self.flushed_at = [], [], self.clock()

    def put_back(self, chunks: list[HandedOut]) -> None:
        """Lay chunks into the queue anew: as if they had not been handed out this time, which was in vain."""
        queue_url = self.settings.need("route_queue_url")
        for chunk in chunks:
            queues.send(self.sqs, queue_url, [chunk.as_not_handed_out], chunk.group)
        queues.delete(self.sqs, queue_url, [chunk.handle for chunk in chunks])
        for chunk in chunks:
            self.in_hand.pop(chunk.handle, None)

    def beat(self) -> None:
        """Show that this worker lives: renew its lease and keep what it has in hand hidden from others."""
        in_hand = self.renew_lease()
        queues.hide(self.sqs, self.settings.need("route_queue_url"), in_hand, LEASE_SECONDS)

    def renew_lease(self) -> list[str]:
        """Renew the lease and say there what is in hand; the handles of that."""
        claim, in_hand = self.claims, dict(self.in_hand)
        if not self.slots.renew(self.request, sorted(set(in_hand.values())), list(in_hand)):
            self.lost_claim = claim
        return list(in_hand)

    def pull_size(self) -> int:
        """Chunks of a route that allows one attempt go one by one: none may be lost with another."""
        if not self.count or self.max_attempts == 1:
            return 1
        return chunks_at_once(self.longest_chunk)

    def has_time(self) -> bool:
        return self.seconds_left() > self.margin + self.longest_chunk * self.pull_size()


@cache
def clients() -> dict[str, object]:
    """Made once: to make one takes longer than many a call with it."""
    return {name: boto3.client(name) for name in ("s3", "sqs", "events")}


@cache
def table(name: str):
    return boto3.resource("dynamodb").Table(name)


def start(request: WorkerRequested, seconds_left: Callable[[], float], task: str) -> int:
    """Work with real clients; logs one line when done."""
    settings, by_name = Settings.from_environment(), clients()
    worker = Worker(
        request,
        settings,
        by_name["s3"],
        by_name["sqs"],
        Slots(table(settings.need("workers_table")), by_name["events"], settings.need("bus")),
        Standing(table(settings.need("jobs_table"))),
        seconds_left,
        run_chunk=run_chunk_once(settings.idempotency_table) if settings.idempotency_table else run_chunk,
    )
    with Heartbeat(worker.beat):
        count = worker.work(task)
    logger.info("worker done", data_type=request.data_type, slot=request.slot, chunks=count)
    return count


def lambda_handler(event: dict, context) -> dict:
    """Lambda entry point of every calculation: `event` is a Worker Requested or a Chunk Pushed envelope."""

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    if event.get("detail-type") == ChunkPushed.detail_type:
        return answerer().answer(parse(event, ChunkPushed), seconds_left)
    return {"chunks": start(parse(event, WorkerRequested), seconds_left, context.aws_request_id)}


@cache
def answerer() -> pushed.Pushed:
    settings = Settings.from_environment()
    standing = Standing(table(settings.need("jobs_table")))
    return pushed.from_environment(settings, standing, clients())


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    ends_at = time.monotonic() + float(Settings.from_environment().need("timeout_seconds"))
    start(request_from(arguments), lambda: ends_at - time.monotonic(), task_id())


if __name__ == "__main__":
    main(sys.argv[1:])
