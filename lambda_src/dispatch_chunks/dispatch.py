"""Dispatch: push the first wave onto the bus, and lay the rest into the routes' queues."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from rollcall import queues
from rollcall.events import ChunkRequested
from rollcall.jobs import Part, Plan
from rollcall.manifests import read_index

SENDERS = 16
BATCHES_AT_ONCE = 64


def dispatch(plan: Plan, bucket: str, s3, sqs, events_client, bus: str) -> dict[str, int]:
    """Hand out every chunk of a job; the number of chunks pushed and queued.

    A data type's queue is filled before its first wave is pushed: a worker that has found the
    queue empty stops, and must not have looked too early. Small parts go first, so that they do
    not wait for the queue of a big one. Repeating a dispatch repeats chunks, which changes nothing.
    """
    pushed = queued = 0
    with ThreadPoolExecutor(SENDERS) as pool:
        for part in sorted(plan.parts, key=lambda part: part.chunks):
            wave = min(part.chunks, part.max_concurrency)

            def lay(batch: list[ChunkRequested], queue_url: str = part.queue_url) -> None:
                queues.send(sqs, queue_url, batch, group=plan.job_id)

            def push(batch: list[ChunkRequested]) -> None:
                queues.put(events_client, bus, batch)

            in_batches(pool, lay, requests(plan, part, bucket, s3, first=wave, count=part.chunks - wave))
            in_batches(pool, push, requests(plan, part, bucket, s3, first=0, count=wave))
            pushed, queued = pushed + wave, queued + part.chunks - wave
    return {"pushed": pushed, "queued": queued}


def in_batches(pool: ThreadPoolExecutor, send: Callable[[list], None], chunks: Iterator[ChunkRequested]) -> None:
    """Send batches of ten in parallel, holding only some of them in memory."""
    for some in queues.batches(queues.batches(chunks), BATCHES_AT_ONCE):
        list(pool.map(send, some))


def requests(plan: Plan, part: Part, bucket: str, s3, first: int, count: int) -> Iterator[ChunkRequested]:
    """Chunk Requested for `count` chunks of a part from its `first`-th on."""
    start = part.first_chunk + first
    for number, (offset, length, items) in enumerate(read_index(plan.job_id, bucket, s3, start, count), start):
        yield ChunkRequested(
            plan.job_id, plan.run, number, 1, part.data_type, part.manifest, offset, length, items, plan.input
        )
