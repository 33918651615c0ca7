"""A worker's run: it takes the slot it was started for, then pulls chunks from its route's queue until that is empty or
its own time is nearly over; then it passes its slot on to a successor.

While it runs a short chunk, a second thread writes the results of the one before and fetches the next.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from rollcall.dispatch.slots import Slots
from rollcall.errors import Abandoned, AlreadyRunning, Terminated, Unfinished
from rollcall.events import WorkerRequested
from rollcall.settings import Settings
from rollcall.worker.chunks import Writing, read_items, run_chunk
from rollcall.worker.deliveries import Delivery, most_deliveries
from rollcall.worker.hand import Hand
from rollcall.worker.job_gate import JobGate
from rollcall.worker.pace import Pace
from rollcall.worker.run_items import Limits
from rollcall.worker.settlement_batch import SettlementBatch
from rollcall.worker.termination import Termination

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient

ELSEWHERE_SECONDS = 300  # when to look again whether a chunk in progress elsewhere has ended
HELD_UP_SECONDS = (1.0, 3.0)  # how long to wait, by chance, for room in a queue with too many chunks in hand
LONG_POLL_SECONDS = 1  # asks every SQS server; a short poll may miss messages and stop a worker too early


@dataclass
class Worker:
    """One worker's run. `seconds_left` tells how long it may still live; `clock` gives seconds."""

    request: WorkerRequested
    settings: Settings
    s3: "S3Client"
    sqs: "SQSClient"
    slots: Slots
    job_gate: JobGate
    seconds_left: Callable[[], float]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    run_chunk: Callable[..., Writing] = run_chunk
    termination: Termination = field(default_factory=Termination)

    def __post_init__(self) -> None:
        self.background = ThreadPoolExecutor(1)
        self.hand = Hand(self.sqs, self.settings.need("route_queue_url"))
        settlements = self.settings.need("settlements_queue_url")
        self.batch = SettlementBatch(self.sqs, settlements, self.hand, self.background, self.clock)
        self.pace = Pace(int(self.settings.need("max_attempts")))
        self.most_deliveries = most_deliveries(self.pace.max_attempts, bool(self.settings.idempotency_table))
        self.ahead: Future[list[Delivery]] | None = None  # the next chunks
        self.read: dict[str, Future[list[dict]]] = {}  # items by receipt handle
        self.margin = min(20.0, self.seconds_left() / 5)
        self.count = 0
        self.claims = self.lost_claim = 0  # a beat may find the slot of a claim lost after the next claim was made

    @property
    def has_slot(self) -> bool:
        return self.claims > self.lost_claim

    def has_time(self, before: float = 0.0) -> bool:
        """Whether there is time for a pull of chunks, after some seconds."""
        return (
            not self.termination.asked
            and self.seconds_left() - before > self.margin + self.pace.longest * self.pace.pull_size()
        )

    def work(self, task: str) -> int:
        """Run all that can be pulled; the number of chunks settled. Does nothing when another has its slot."""
        if not self.claim(task):
            return 0
        try:
            with self.background:
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

        Whoever enqueues a chunk and then finds the slot taken may rely on this worker to see the chunk. So must this
        worker on another, when it puts chunks back: if nobody has the slot by then, it goes on itself.
        """
        while self.has_slot and self.has_time():
            chunks = self.next_chunks()
            if self.hand.held_up:
                self.batch.flush()
                self.sleep(random.uniform(*HELD_UP_SECONDS))
                continue
            if not chunks:
                self.batch.flush()
                self.slots.release(self.request)
                chunks = self.pull(seconds=LONG_POLL_SECONDS)
                if not chunks:
                    return
                if not self.claim(task):
                    self.hand.put_back(chunks)
                    if not self.claim(task):
                        return
                    continue
            self.run(chunks)
        if self.ahead:
            self.hand.put_back(self.next_chunks())
        self.batch.flush()
        if self.has_slot:
            self.slots.pass_on(self.request, self.settings.need("target"))

    def next_chunks(self) -> list[Delivery]:
        """Those fetched ahead, or else of a look at the queue."""
        ahead, self.ahead = self.ahead, None
        return ahead.result() if ahead else self.pull(seconds=0)

    def pull(self, seconds: int) -> list[Delivery]:
        return self.hand.pull(self.pace.pull_size(), seconds)

    def run(self, received: list[Delivery]) -> None:
        """Run some chunks in turn; those of a job that does not hand out are let go.

        One that has been handed out before may be what its worker died of, so it runs with no other in hand.
        """
        if not self.count:  # should it die of its very first chunk, that is known at once
            self.renew_lease()
        suspects = [chunk for chunk in received if chunk.attempt > 1]
        rest = [chunk for chunk in received if chunk.attempt == 1] + suspects[:1]
        if len(suspects) > 1:
            self.hand.put_back(suspects[1:])
        for position, chunk in enumerate(rest):
            late = self.seconds_left() < self.margin  # one before took longer than any had so far
            if self.termination.asked or (position and late):
                self.hand.put_back(rest[position:])
                return
            if chunk.attempt > 1 or self.batch.holds_up_another(chunk):
                self.batch.flush()
            self.look_ahead(chunk, rest[position + 1 :])
            self.run_one(chunk)

    def look_ahead(self, chunk: Delivery, rest: list[Delivery]) -> None:
        """Begin to read the chunk that comes next; where none is in hand, and it would not wait long, to fetch it."""
        if rest:
            self.read_ahead(rest[0])
        elif self.pace.recent and self.pace.overlaps and chunk.attempt == 1 and self.has_time(self.pace.longest):
            self.ahead = self.background.submit(self.fetch)

    def fetch(self) -> list[Delivery]:
        chunks = self.pull(seconds=0)
        if chunks:
            self.read_ahead(chunks[0])
        return chunks

    def read_ahead(self, chunk: Delivery) -> None:
        bucket = self.settings.need("bucket")
        self.read[chunk.handle] = self.background.submit(read_items, chunk.request, self.s3, bucket)

    def run_one(self, chunk: Delivery) -> None:
        try:
            if chunk.attempt > self.most_deliveries:
                self.hand.let_go(chunk, seconds=0)  # shown again until the queue puts it aside
            elif self.job_gate.hands_out(chunk.request):
                self.settle(chunk)
            else:
                self.batch.drop(chunk)
        except Abandoned:
            self.batch.drop(chunk)
        except (Unfinished, Terminated):
            self.batch.end_writing()
            self.hand.pass_on(chunk)
        except AlreadyRunning:
            self.hand.let_go(chunk, ELSEWHERE_SECONDS)
        except ClientError as error:
            self.hand.give_back(chunk, error)
        finally:
            self.read.pop(chunk.handle, None)
        self.batch.send_if_due()

    def settle(self, chunk: Delivery) -> None:
        """Run a chunk and begin to write its results; those of a long one are written to the end."""
        started, request, read = self.clock(), chunk.request, self.read.get(chunk.handle)
        limits = Limits(
            max_attempts=self.pace.max_attempts,
            seconds_left=lambda: self.seconds_left() - self.margin / 2,
            abandoned=lambda: not self.job_gate.goes_on(request),
            sleep=self.sleep,
            item_timeout_seconds=float(self.settings.item_timeout_seconds or 0),
            leaving=lambda: self.termination.asked,
        )
        bucket, target = self.settings.need("bucket"), self.settings.need("target")
        items = read.result() if read else None
        with self.termination.interrupting():
            writing = self.run_chunk(request, chunk.attempt, self.s3, bucket, target, limits, items)
        self.pace.note(self.clock() - started)
        self.count += 1
        self.batch.write(chunk, writing)
        if not self.pace.overlaps or chunk.attempt > 1:
            self.batch.end_writing()

    def beat(self) -> None:
        """Show that this worker lives: renew its lease and keep what it has in hand hidden from others."""
        self.hand.hide(self.renew_lease())

    def renew_lease(self) -> list[str]:
        """Renew the lease and say there what is in hand; the handles of that."""
        claim, in_hand = self.claims, dict(self.hand.jobs)
        if not self.slots.renew(self.request, sorted(set(in_hand.values())), list(in_hand)):
            self.lost_claim = claim
        return list(in_hand)
