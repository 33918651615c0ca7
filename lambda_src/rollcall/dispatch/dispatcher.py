"""Laying the chunks of a run into their routes' queues, and starting workers for them."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from rollcall.dispatch import queues
from rollcall.dispatch.slots import Slots
from rollcall.events import ChunkRequested
from rollcall.intake.manifests import read_index
from rollcall.ranges import batches, neighbours
from rollcall.records.plans import Part, Plan

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient

SENDERS = 16
BATCHES_AT_ONCE = 64


@dataclass(frozen=True)
class Dispatcher:
    """S3 and SQS clients, the job bucket, and the slots of the routes."""

    s3: "S3Client"
    sqs: "SQSClient"
    bucket: str
    slots: Slots

    def dispatch(self, plan: Plan, missing: dict[str, list[int]], number: int) -> dict[str, int]:
        """Hand out the missing chunks of each data type as the job's dispatch of this number.

        Returns how many chunks were {"queued"} and how many workers {"started"}. Workers are started
        as soon as there is work for all a route may have, while the rest is enqueued, and once more at the end:
        one that found the queue empty in between has gone. Small parts go first, so that they do not wait
        for a big one.
        """
        queued = started = 0
        with ThreadPoolExecutor(SENDERS) as pool:
            for part in sorted(plan.parts, key=lambda part: len(missing[part.data_type])):
                chunks = requests(plan, part, missing[part.data_type], number, self.bucket, self.s3)
                first = self.enqueue(pool, plan, part, islice(chunks, part.max_concurrency))
                both = (partial(self.start, part, first), partial(self.enqueue, pool, plan, part, chunks))
                at_once, rest = pool.map(lambda do: do(), both)
                started += at_once + self.start(part, rest)
                queued += first + rest
        return {"queued": queued, "started": started}

    def enqueue(self, pool: ThreadPoolExecutor, plan: Plan, part: Part, chunks: Iterable[ChunkRequested]) -> int:
        """Send chunks in batches of ten, several at once, holding only some of them in memory; their number."""

        def send(batch: list[ChunkRequested]) -> int:
            queues.send(self.sqs, part.queue_url, batch, group=plan.job_id)
            return len(batch)

        return sum(sum(pool.map(send, some)) for some in batches(batches(chunks, queues.BATCH), BATCHES_AT_ONCE))

    def start(self, part: Part, wanted: int) -> int:
        return self.slots.start_workers(part.route, part.target, part.max_concurrency, wanted)


def requests(
    plan: Plan, part: Part, chunks: list[int], number: int, bucket: str, s3: "S3Client"
) -> Iterator[ChunkRequested]:
    """Chunk Requested for some chunks of a part, ascending; neighbours are read from the index together."""
    for first, count in neighbours(chunks):
        index = read_index(plan.job_id, plan.run, bucket, s3, first, count)
        for chunk, (offset, length, items) in enumerate(index, first):
            yield ChunkRequested(
                plan.job_id, plan.run, chunk, number, part.data_type, part.manifest, offset, length, items, plan.input
            )
