"""Running one chunk: read its items, calculate each, write the results, say how it settled."""

from datetime import UTC, datetime

from rollcall import calculations, results
from rollcall.errors import DeadlineExceeded
from rollcall.events import ChunkRequested, ChunkSettled
from rollcall.manifests import read_chunk

CURE = "lower chunk_size, or raise timeout_minutes of the route"


def run_chunk(request: ChunkRequested, s3, bucket: str, target: str, out_of_time) -> ChunkSettled:
    """Run every item of a chunk; an item that raises fails alone.

    `out_of_time` is asked before each item; once it says yes, the items left fail with
    DeadlineExceeded.
    """
    started = timestamp()
    job = calculations.Job(request.job_id, request.input)
    lines, failed = [], 0
    for item in read_chunk(request.manifest, bucket, s3, request.offset, request.length):
        try:
            if out_of_time():
                raise DeadlineExceeded(f"the worker's time was over before this item began; {CURE}")
            calculate = calculations.find(request.data_type)
            lines.append(results.success_line(item, calculate(item, job)))
        except Exception as error:  # whatever a calculation raises is the answer for its item
            lines.append(results.failure_line(item, error))
            failed += 1
    return settled(request, results.write_once(s3, bucket, result_key(request), lines, failed), target, started)


def fail_chunk(request: ChunkRequested, s3, bucket: str, target: str, error: Exception) -> ChunkSettled:
    """Fail every item of a chunk with one error, unless the chunk has a result already: then that stands."""
    items = read_chunk(request.manifest, bucket, s3, request.offset, request.length)
    lines = [results.failure_line(item, error) for item in items]
    counts = results.write_once(s3, bucket, result_key(request), lines, failed=len(lines))
    return settled(request, counts, target, started_at=timestamp())


def result_key(request: ChunkRequested) -> str:
    return results.result_key(request.job_id, request.run, request.chunk)


def settled(request: ChunkRequested, counts: tuple[int, int], target: str, started_at: str) -> ChunkSettled:
    """The settlement of a chunk with its stored counts (succeeded, failed)."""
    return ChunkSettled(request.job_id, request.run, request.chunk, *counts, target, started_at, timestamp())


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
