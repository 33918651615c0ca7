"""Running one chunk: read its items, answer each, write the results, say how it settled."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rollcall.calculations import Job
from rollcall.errors import Abandoned, Terminated, Unfinished
from rollcall.events import ChunkRequested, ChunkSettled
from rollcall.intake.manifests import read_chunk
from rollcall.records import results
from rollcall.records.jobs import now
from rollcall.worker.isolation import IsolatedProcess
from rollcall.worker.journal import Answer, Journal
from rollcall.worker.run_items import Limits, answer, while_there_is_time
from rollcall.worker.tries import Try, try_here

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

Writing = Callable[[], ChunkSettled]


def run_chunk(
    request: ChunkRequested,
    attempt: int,
    s3: "S3Client",
    bucket: str,
    target: str,
    limits: Limits,
    items: list[dict] | None = None,
) -> Writing:
    """Run every item of a chunk, unless it is handed out again and has a result: then that stands.

    `items` are the chunk's if they have been read already. To call what is returned writes the results and says how
    the chunk settled; another thread may do that while this one runs the next chunk. What was calculated is not thrown
    away because S3 asks to slow down: writing goes on while the worker has time. Raises Abandoned when the job was
    ended meanwhile, and Unfinished when another worker has to go on with it.
    """
    started = now()
    counts = results.stored_counts(s3, bucket, result_key(request)) if attempt > 1 or request.dispatch > 1 else None
    if counts is not None:
        return lambda: settled(request, attempt, counts, target, started)
    items = items or read_items(request, s3, bucket)
    journal = Journal(s3, bucket, request)
    if attempt > 1 or request.dispatch > 1:
        journal.resume(after_a_death=attempt > 1)
    try:
        lines, failed = answer_all(items, request, limits, journal)
    except Abandoned:
        journal.leave()  # it may have been paused
        raise
    except (Terminated, Unfinished) as error:
        journal.leave()
        raise Unfinished(str(error)) from error

    def write() -> ChunkSettled:
        written = while_there_is_time(
            lambda: results.write_once(s3, bucket, result_key(request), lines, failed), limits
        )
        return settled(request, attempt, written, target, started)

    return write


def answer_all(items: list[dict], request: ChunkRequested, limits: Limits, journal: Journal) -> tuple[list[str], int]:
    """Run items in this process, or in another while it is not known what the worker before died of."""
    job, timeout = Job(request.job_id, request.input), limits.item_timeout_seconds
    if journal.is_careful:
        with IsolatedProcess(request.data_type, job, timeout, limits.seconds_left) as process:

            def run_apart(item: dict, attempt: int) -> Try:
                process.make_ready()
                limits.turn()
                return process.run(item, attempt)

            return answer(items, run_apart, limits, journal)

    def run(item: dict, attempt: int) -> Try:
        limits.turn()
        return try_here(item, request.data_type, job, attempt, timeout)

    return answer(items, run, limits, journal)


def read_items(request: ChunkRequested, s3: "S3Client", bucket: str) -> list[dict]:
    return read_chunk(request.manifest, bucket, s3, request.offset, request.length)


def fail_chunk(
    request: ChunkRequested, attempt: int, s3: "S3Client", bucket: str, target: str, error: Exception
) -> ChunkSettled:
    """Fail every item of a chunk that has no answer with one error, unless the chunk has a result: then that stands."""
    started = now()
    counts = results.stored_counts(s3, bucket, result_key(request))
    if counts is None:
        journal = Journal(s3, bucket, request)
        journal.read()
        answers = [
            journal.answers.get(position) or Answer(False, results.failure_line(item, error, True, attempt))
            for position, item in enumerate(read_items(request, s3, bucket))
        ]
        failed = sum(not ok for ok, _ in answers)
        counts = results.write_once(s3, bucket, result_key(request), [line for _, line in answers], failed)
    return settled(request, attempt, counts, target, started)


def result_key(request: ChunkRequested) -> str:
    return results.result_key(request.job_id, request.run, request.chunk)


def settled(
    request: ChunkRequested, attempt: int, counts: tuple[int, int], target: str, started_at: str
) -> ChunkSettled:
    """The settlement of a chunk with its stored counts (succeeded, failed)."""
    return ChunkSettled(request.job_id, request.run, request.chunk, attempt, *counts, target, started_at, now())
