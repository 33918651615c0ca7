"""Submitting a job: check the input, upload it, start the state machine."""

import getpass
import secrets
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import ijson

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.requests import check_request
from rollcall.intake.sources import FileSource
from rollcall.records.jobs import JOB_ID
from rollcall.routes import routed_only
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.executions import execution, start
from rollcall_client.forecast import Forecast, forecast


@dataclass(frozen=True)
class Terms:
    """What is asked of a job besides its input.

    `tolerance` is {"count", "percentage"} of failed items, either or both; `lock` is {"name", "wait"};
    `engine` brings the chunks to compute; `chunk_size` (items) stands in for that of every route; `rate` is in
    items a second, for the engine "chunked".
    """

    job_type: str = ""
    strict: bool = False
    tolerance: dict | None = None
    fail_fast: bool = False
    lock: dict | None = None
    engine: str = "events"
    chunk_size: int | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Submission:
    """What was started: `started` is False when a job of this id was there already."""

    job_id: str
    started: bool
    items: int | None


def submit(
    env: Environment, source: str, job_id: str | None, terms: Terms, seconds: float | None = None, force: bool = False
) -> Submission:
    """Start a job over a local file or an S3 object.

    Terms and a local file are checked here first, by the code that will partition it, so that a bad
    file does not use up the job id. With `seconds`, how long an item takes, a job that cannot finish is
    refused too, unless forced. Raises CommandError, or InputRefused with every problem found.
    """
    in_s3 = is_in_s3(env, source)
    job_id = job_id or (None if in_s3 else request_id(source)) or made_id()
    if not JOB_ID.fullmatch(job_id):
        raise CommandError(f"{job_id!r} cannot be a job id; use up to 72 letters, digits, - and _")
    request = {**asdict(terms), "submitted_by": getpass.getuser()}
    check_request(request, env.deployment.next_steps, env.deployment.engines)
    if execution(env, job_id):
        return Submission(job_id, started=False, items=None)
    items = None
    if not in_s3 or seconds is not None:
        counts = check(source, env, terms.strict)
        items, foreseen = counts.total(), forecast(env, counts, terms, seconds)
        if foreseen.cannot_finish and not force:
            raise InputRefused([*foreseen.cannot_finish, "submit it all the same with --force"])
    uri = source if in_s3 else upload(env, source, job_id)
    return Submission(job_id, start(env, job_id, {"input": {"uri": uri}, **request}), items)


def dry_run(env: Environment, source: str, terms: Terms, seconds: float) -> Forecast:
    """What the job would take, nothing being started; raises as `submit` does."""
    is_in_s3(env, source)
    check_request(asdict(terms), env.deployment.next_steps, env.deployment.engines)
    return forecast(env, check(source, env, terms.strict), terms, seconds)


def is_in_s3(env: Environment, source: str) -> bool:
    """Raises CommandError for a local file that is not there, or an environment that is not."""
    env.deployment  # noqa: B018  tells at once when there is no such environment
    in_s3 = source.startswith("s3://")
    if not in_s3 and not Path(source).is_file():
        raise CommandError(f"{source}: no such file; name a .jsonl, .csv or .json file, or an s3:// address")
    return in_s3


def check(source: str, env: Environment, strict: bool) -> Counter[str]:
    """Read a whole file or S3 object as partitioning will; the number of its items by data type."""
    items = read_items(FileSource(source, env.client("s3")))
    return Counter(item["data_type"] for item in (routed_only(items, env.routes) if strict else items))


def request_id(path: str) -> str | None:
    """The requestId of a {"requestId", "requests"} file: the submitter's own name for the job."""
    if not path.endswith(".json"):
        return None
    with Path(path).open("rb") as stream:
        try:
            found = next(ijson.items(stream, "requestId"), None)
        except ijson.JSONError as error:
            raise InputRefused([f"{path}: not valid JSON ({error}); correct it, or use JSON Lines (.jsonl)"]) from error
    return None if found is None else str(found)


def made_id() -> str:
    return f"job-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"


def upload(env: Environment, path: str, job_id: str) -> str:
    key = f"inputs/{job_id}/{Path(path).name}"
    env.client("s3").upload_file(path, env.deployment.bucket, key)
    return f"s3://{env.deployment.bucket}/{key}"
