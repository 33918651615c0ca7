"""The settlements of a worker: its chunks' results are written, their settlements sent, and the chunks deleted."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from rollcall.dispatch import queues
from rollcall.events import ChunkSettled
from rollcall.ranges import batches
from rollcall.worker.chunks import Writing
from rollcall.worker.deliveries import Delivery
from rollcall.worker.hand import Hand

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

FLUSH_SECONDS = 10.0  # settlements wait at most this long for a full batch, while more of their job is in hand


@dataclass
class SettlementBatch:
    """An SQS client, the queue for settlements, what is in hand, and who writes results meanwhile.

    `settled` is to be sent, `done` (receipt handles) to be deleted then; `writing` is the chunk whose results are
    being written.
    """

    sqs: "SQSClient"
    queue_url: str
    hand: Hand
    background: Executor
    clock: Callable[[], float]
    settled: list[ChunkSettled] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    writing: tuple[Delivery, Future[ChunkSettled]] | None = None

    def __post_init__(self) -> None:
        self.sent_at = self.clock()

    def write(self, chunk: Delivery, writing: Writing) -> None:
        """Begin to write the results of a chunk, when those of the one before are written to the end."""
        self.end_writing()
        self.writing = chunk, self.background.submit(writing)

    def end_writing(self) -> None:
        """A chunk has settled when its results are written."""
        if self.writing:
            (chunk, written), self.writing = self.writing, None
            try:
                self.settled.append(written.result())
            except ClientError as error:
                self.hand.give_back(chunk, error)
            else:
                self.done.append(chunk.handle)

    def drop(self, chunk: Delivery) -> None:
        """A chunk that is void settles nothing and is only deleted."""
        self.done.append(chunk.handle)

    def holds_up_another(self, chunk: Delivery) -> bool:
        """Whether settlements of another job than this chunk's wait: it may be that only they are missing there."""
        waiting = {settled.job_id for settled in self.settled}
        waiting |= {self.writing[0].request.job_id} if self.writing else set()
        return bool(waiting - {chunk.request.job_id})

    def send_if_due(self) -> None:
        """Send a full batch, one that has waited for long, or one with failures: some jobs end at the first."""
        failed = bool(self.settled) and self.settled[-1].failed
        if failed or len(self.done) >= queues.BATCH or self.clock() - self.sent_at > FLUSH_SECONDS:
            self.send()

    def flush(self) -> None:
        """Settle all that has been run."""
        self.end_writing()
        self.send()

    def send(self) -> None:
        """Send the settlements of what has been written, and only then take it off the queue."""
        for some in batches(self.settled, queues.BATCH):
            queues.send(self.sqs, self.queue_url, some)
        self.hand.delete(self.done)
        self.settled, self.done, self.sent_at = [], [], self.clock()
