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
    key = results.result_key(request.job_id, request.run, request.chunk)
    succeeded, failed = results.write_once(s3, bucket, key, lines, failed)
    return ChunkSettled(
        request.job_id, request.run, request.chunk, succeeded, failed, target, started_at=started, ended_at=timestamp()
    )


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
