"""Submitting a job: check the input, upload it, start the state machine."""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field

from rollcall.errors import InputRefused
from rollcall.intake.contracts import published_contracts
from rollcall.intake.items import read_items
from rollcall.intake.problems import Tally
from rollcall.intake.reading import Reading
from rollcall.intake.requests import check_request
from rollcall.intake.sources import Files
from rollcall.intake.usual_readings import usual_reading
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JOB_ID
from rollcall.routes import routed_only
from rollcall_client.environment import Environment, user
from rollcall_client.errors import CommandError
from rollcall_client.executions import execution, start
from rollcall_client.forecast import Forecast, forecast
from rollcall_client.inputs import as_request, is_local, named, request_id


@dataclass(frozen=True)
class Terms:
    """What is asked of a job besides its input.

    `tolerance` is {"count", "percentage"} of failed items, either or both; `lock` is {"name", "wait"};
    `engine` brings the chunks to compute; `chunk_size` (items) stands in for that of every route; `rate` is in
    items a second, for the engine "chunked", and all jobs together keep to it that have the same `rate_name`; a job
    that has not settled `deadline_seconds` after it was accepted fails.
    """

    job_type: str = ""
    strict: bool = False
    tolerance: dict | None = None
    fail_fast: bool = False
    lock: dict | None = None
    engine: str = "events"
    chunk_size: int | None = None
    rate: float | None = None
    deadline_seconds: int | None = None
    rate_name: str | None = None


@dataclass(frozen=True)
class Submission:
    """What was started: `started` is False when a job of this id was there already.

    `notices` tell what was guessed while the input was read here.
    """

    job_id: str
    started: bool
    items: int | None
    notices: list[str] = field(default_factory=list)


def submit(
    env: Environment,
    sources: str | Sequence[str],
    job_id: str | None,
    terms: Terms,
    seconds: float | None = None,
    force: bool = False,
    reading: Reading | None = None,
) -> Submission:
    """Start a job over local files, S3 objects or standard input, one or several.

    Terms and local files are checked here first, by the code that will partition them, so that a bad
    file does not use up the job id. With `seconds`, how long an item takes, a job that cannot finish is
    refused too, unless forced. Raises CommandError, or InputRefused with every problem found.
    """
    with opened_input(env, sources, reading, terms.job_type) as source:
        job_id = job_id or request_id(source) or made_id()
        if not JOB_ID.fullmatch(job_id):
            raise CommandError(f"{job_id!r} cannot be a job id; use up to 72 letters, digits, - and _")
        request = {**asdict(terms), "submitted_by": user()}
        check_request(request, env.deployment.next_steps, env.deployment.engines)
        if execution(env, job_id):
            return Submission(job_id, started=False, items=None)
        items, notices = None, Tally()
        if is_local(source) or seconds is not None:
            counts = check(source, env, terms.strict, notices)
            items, foreseen = counts.total(), forecast(env, counts, terms, seconds)
            if foreseen.cannot_finish and not force:
                raise InputRefused([*foreseen.cannot_finish, "submit it all the same with --force"])
        accepted = start(env, job_id, {"input": as_request(env, source, job_id), **request})
        if accepted:  # its record does not wait for partitioning, which may be throttled
            job_record.opened(env.jobs, job_id, request, accepted)
        return Submission(job_id, accepted is not None, items, notices.sentences())


def dry_run(
    env: Environment, sources: str | Sequence[str], terms: Terms, seconds: float, reading: Reading | None = None
) -> Forecast:
    """What the job would take, nothing being started; raises as `submit` does."""
    with opened_input(env, sources, reading, terms.job_type) as source:
        check_request(asdict(terms), env.deployment.next_steps, env.deployment.engines)
        return forecast(env, check(source, env, terms.strict, Tally()), terms, seconds)


def opened_input(
    env: Environment, sources: str | Sequence[str], reading: Reading | None, job_type: str
) -> AbstractContextManager[Files]:
    """The input, read as is usual for its job type where nothing is said.

    Raises CommandError for a local file that is not there, or an environment that is not.
    """
    usual = usual_reading(env.client("s3"), env.deployment.bucket, job_type)
    return named(env, [sources] if isinstance(sources, str) else sources, (reading or Reading()).over(usual))


def check(source: Files, env: Environment, strict: bool, notices: Tally) -> Counter[str]:
    """Read an input as partitioning will; the number of its items by data type."""
    items = read_items(source, notices, published_contracts(env.client("s3"), env.deployment.bucket))
    return Counter(item["data_type"] for item in (routed_only(items, env.routes) if strict else items))


def made_id() -> str:
    return f"job-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
