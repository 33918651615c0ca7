"""Running one chunk: read its items, answer each, write the results, say how it settled."""

from rollcall import results
from rollcall.answers import Limits, answer
from rollcall.calculations import Job
from rollcall.events import ChunkRequested, ChunkSettled
from rollcall.jobs import now
from rollcall.manifests import read_chunk


def run_chunk(request: ChunkRequested, attempt: int, s3, bucket: str, target: str, limits: Limits) -> ChunkSettled:
    """Run every item of a chunk, unless it is handed out again and has a result: then that stands.

    Raises Abandoned when the job was ended meanwhile; then nothing is written.
    """
    started = now()
    counts = results.stored_counts(s3, bucket, result_key(request)) if attempt > 1 or request.dispatch > 1 else None
    if counts is None:
        items = read_chunk(request.manifest, bucket, s3, request.offset, request.length)
        lines, failed = answer(items, request.data_type, Job(request.job_id, request.input), limits)
        counts = results.write_once(s3, bucket, result_key(request), lines, failed)
    return settled(request, attempt, counts, target, started)


def fail_chunk(request: ChunkRequested, attempt: int, s3, bucket: str, target: str, error: Exception) -> ChunkSettled:
    """Fail every item of a chunk with one error, unless the chunk has a result already: then that stands."""
    started = now()
    counts = results.stored_counts(s3, bucket, result_key(request))
    if counts is None:
        items = read_chunk(request.manifest, bucket, s3, request.offset, request.length)
        lines = [results.failure_line(item, error, retryable=True, attempts=attempt) for item in items]
        counts = results.write_once(s3, bucket, result_key(request), lines, failed=len(lines))
    return settled(request, attempt, counts, target, started)


def result_key(request: ChunkRequested) -> str:
    return results.result_key(request.job_id, request.run, request.chunk)


def settled(
    request: ChunkRequested, attempt: int, counts: tuple[int, int], target: str, started_at: str
) -> ChunkSettled:
    """The settlement of a chunk with its stored counts (succeeded, failed)."""
    return ChunkSettled(request.job_id, request.run, request.chunk, attempt, *counts, target, started_at, now())
