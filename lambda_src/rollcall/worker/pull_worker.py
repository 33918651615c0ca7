"""A worker's run: it takes the slot it was started for, then pulls chunks from its route's queue until that is empty or
its own time is nearly over; then it passes its slot on to a successor.

While it runs a short chunk, a second thread writes the results of the one before and fetches the next.
"""

import random
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from rollcall.dispatch import queues
from rollcall.dispatch.slots import LEASE_SECONDS, Slots
from rollcall.errors import Abandoned, AlreadyRunning
from rollcall.events import ChunkSettled, WorkerRequested
from rollcall.observability import logger
from rollcall.ranges import batches
from rollcall.settings import Settings
from rollcall.worker import deliveries
from rollcall.worker.chunks import Writing, read_items, run_chunk
from rollcall.worker.deliveries import Delivery
from rollcall.worker.job_gate import JobGate
from rollcall.worker.run_items import Limits, asks_to_wait

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Pull as many chunks at once as fill about this time, so that the last ones are shared out; while one runs that takes
# less, the next is fetched.
PULL_SECONDS = 2.0
FLUSH_SECONDS = 10.0  # settlements wait at most this long for a full batch, while more of their job is in hand
ELSEWHERE_SECONDS = 300  # when to look again whether a chunk in progress elsewhere has ended
HELD_UP_SECONDS = (1.0, 3.0)  # how long to wait, by chance, for room in a queue with too many chunks in hand
LONG_POLL_SECONDS = 1  # asks every SQS server; a short poll may miss messages and stop a worker too early


def chunks_at_once(seconds: float) -> int:
    """How many chunks that take so long are pulled together."""
    return max(1, min(queues.BATCH, int(PULL_SECONDS / max(seconds, 0.001))))


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
    in_hand: dict[str, str] = field(default_factory=dict)  # receipt handle → job id

    def __post_init__(self) -> None:
        self.settled: list[ChunkSettled] = []
        self.done: list[str] = []
        self.background = ThreadPoolExecutor(1)
        self.ahead: Future | None = None  # the next chunks
        self.read: dict[str, Future] = {}  # items by receipt handle
        self.writing: tuple[Delivery, Future] | None = None
        self.held_up = False  # chunks wait, and SQS gives out no more for now
        self.flushed_at = self.clock()
        self.longest_chunk = 0.0
        self.recent: deque[float] = deque(maxlen=queues.BATCH)  # what the last chunks took: a hiccup is soon forgotten
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
            if self.held_up:
                self.flush()
                self.sleep(random.uniform(*HELD_UP_SECONDS))
                continue
            if not chunks:
                self.flush()
                self.slots.release(self.request)
                chunks = self.pull(seconds=LONG_POLL_SECONDS)
                if not chunks:
                    return
                if not self.claim(task):
                    self.put_back(chunks)
                    if not self.claim(task):
                        return
                    continue
            self.run(chunks)
        if self.ahead:
            self.put_back(self.next_chunks())
        self.flush()
        if self.has_slot:
            self.slots.pass_on(self.request, self.settings.need("target"))

    def next_chunks(self) -> list[Delivery]:
        """Those fetched ahead, or else of a look at the queue."""
        ahead, self.ahead = self.ahead, None
        return ahead.result() if ahead else self.pull(seconds=0)

    def pull(self, seconds: int) -> list[Delivery]:
        """Some chunks, now in hand; none if the queue shows none. What is no chunk is passed over."""
        while messages := self.poll(seconds):
            if chunks := self.take(messages):
                return chunks
        return []

    def take(self, messages: "list[MessageTypeDef]") -> list[Delivery]:
        chunks = list(deliveries.read(messages))
        self.in_hand |= {chunk.handle: chunk.request.job_id for chunk in chunks}
        return chunks

    def poll(self, seconds: int) -> "list[MessageTypeDef]":
        """A look at the queue; also none when all its workers together have as many in hand as SQS allows."""
        try:
            answer = self.sqs.receive_message(
                QueueUrl=self.settings.need("route_queue_url"),
                MaxNumberOfMessages=self.pull_size(),
                WaitTimeSeconds=seconds,
                MessageSystemAttributeNames=deliveries.ATTRIBUTES,
            )
        except self.sqs.exceptions.OverLimit:
            self.held_up = True
            return []
        self.held_up = False
        return answer.get("Messages", [])

    def run(self, received: list[Delivery]) -> None:
        """Run some chunks in turn; those of a job that does not hand out are let go.

        One that has been handed out before may be what its worker died of, so it runs with no other in hand.
        """
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
            self.look_ahead(chunk, rest[position + 1 :])
            self.run_one(chunk)

    def look_ahead(self, chunk: Delivery, rest: list[Delivery]) -> None:
        """Begin to read the chunk that comes next; where none is in hand, and it would not wait long, to fetch it."""
        if rest:
            self.read_ahead(rest[0])
        elif self.recent and self.overlaps and chunk.attempt == 1 and self.has_time(self.longest_chunk):
            self.ahead = self.background.submit(self.fetch)

    @property
    def overlaps(self) -> bool:
        """Chunks that take long gain nothing; of a route that allows one attempt none may be lost with another."""
        return max(self.recent, default=0.0) < PULL_SECONDS and self.max_attempts > 1

    def fetch(self) -> list[Delivery]:
        chunks = self.pull(seconds=0)
        if chunks:
            self.read_ahead(chunks[0])
        return chunks

    def read_ahead(self, chunk: Delivery) -> None:
        bucket = self.settings.need("bucket")
        self.read[chunk.handle] = self.background.submit(read_items, chunk.request, self.s3, bucket)

    def holds_up_another(self, chunk: Delivery) -> bool:
        """Whether settlements of another job than this chunk's wait: it may be that only they are missing there."""
        waiting = {settled.job_id for settled in self.settled}
        waiting |= {self.writing[0].request.job_id} if self.writing else set()
        return bool(waiting - {chunk.request.job_id})

    def run_one(self, chunk: Delivery) -> None:
        try:
            if chunk.attempt > self.max_attempts:
                self.let_go(chunk, seconds=0)  # shown again until the queue puts it aside
            elif self.job_gate.hands_out(chunk.request):
                self.settle(chunk)
            else:
                self.done.append(chunk.handle)
        except Abandoned:
            self.done.append(chunk.handle)
        except AlreadyRunning:
            self.let_go(chunk, ELSEWHERE_SECONDS)
        except ClientError as error:
            self.give_back(chunk, error)
        finally:
            self.read.pop(chunk.handle, None)
        failed = bool(self.settled) and self.settled[-1].failed  # some jobs end at the first failure
        if failed or len(self.done) >= queues.BATCH or self.clock() - self.flushed_at > FLUSH_SECONDS:
            self.send_settled()

    def let_go(self, chunk: Delivery, seconds: int) -> None:
        """Take a chunk out of hand, and let it be seen again after some seconds."""
        self.in_hand.pop(chunk.handle)
        queues.hide(self.sqs, self.settings.need("route_queue_url"), [chunk.handle], seconds)

    def give_back(self, chunk: Delivery, error: ClientError) -> None:
        """Enqueue a chunk again, with all its attempts, when AWS asked to wait; raises any other error."""
        if not asks_to_wait(error):
            raise error
        logger.warning("chunk given back, AWS asks to wait", chunk=chunk.request.chunk, reason=str(error))
        self.put_back([chunk])

    def settle(self, chunk: Delivery) -> None:
        """Run a chunk and begin to write its results, while those of a short one before are written to the end."""
        started, request, read = self.clock(), chunk.request, self.read.get(chunk.handle)
        limits = Limits(
            max_attempts=self.max_attempts,
            out_of_time=lambda ahead=0.0: self.seconds_left() - ahead < self.margin / 2,
            abandoned=lambda: not self.job_gate.goes_on(request),
            sleep=self.sleep,
        )
        bucket, target = self.settings.need("bucket"), self.settings.need("target")
        items = read.result() if read else None
        writing = self.run_chunk(request, chunk.attempt, self.s3, bucket, target, limits, items)
        self.recent.append(self.clock() - started)
        self.longest_chunk = max(self.longest_chunk, self.recent[-1])
        self.count += 1
        self.end_writing()
        self.writing = chunk, self.background.submit(writing)
        if not self.overlaps or chunk.attempt > 1:
            self.end_writing()

    def end_writing(self) -> None:
        """A chunk has settled when its results are written."""
        if self.writing:
            (chunk, written), self.writing = self.writing, None
            try:
                self.settled.append(written.result())
            except ClientError as error:
                self.give_back(chunk, error)
            else:
                self.done.append(chunk.handle)

    def flush(self) -> None:
        """Settle all that has been run."""
        self.end_writing()
        self.send_settled()

    def send_settled(self) -> None:
        """Send the settlements of what has been written, and only then take it off the queue."""
        for some in batches(self.settled, queues.BATCH):
            queues.send(self.sqs, self.settings.need("settlements_queue_url"), some)
        queues.delete(self.sqs, self.settings.need("route_queue_url"), self.done)
        for handle in self.done:
            self.in_hand.pop(handle)
        self.settled, self.done, self.flushed_at = [], [], self.clock()

    def put_back(self, chunks: list[Delivery]) -> None:
        """Enqueue chunks again: as if they had not been handed out this time, which was in vain."""
        queue_url = self.settings.need("route_queue_url")
        for chunk in chunks:
            queues.send(self.sqs, queue_url, [chunk.as_undelivered], chunk.group)
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
        if not self.recent or self.max_attempts == 1:
            return 1
        return chunks_at_once(max(self.recent))

    def has_time(self, before: float = 0.0) -> bool:
        """Whether there is time for a pull of chunks, after some seconds."""
        return self.seconds_left() - before > self.margin + self.longest_chunk * self.pull_size()
