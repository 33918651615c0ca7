"""Submitting a job: check the input, upload it, start the state machine."""

import getpass
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import ijson
import typer

from partition_job.requests import check_request
from rollcall.errors import InputRefused
from rollcall.items import read_items
from rollcall.jobs import JOB_ID
from rollcall.routes import routed_only
from rollcall.sources import FileSource
from rollcall_cli.environment import CommandError, Environment
from rollcall_cli.executions import execution, start

NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Terms:
    """What is asked of a job besides its input.

    `tolerance` is {"count", "percentage"} of failed items, either or both; `lock` is {"name", "wait"}.
    """

    job_type: str = ""
    strict: bool = False
    tolerance: dict | None = None
    fail_fast: bool = False
    lock: dict | None = None


@dataclass(frozen=True)
class Submission:
    """What was started: `started` is False when a job of this id was there already."""

    job_id: str
    started: bool
    items: int | None


def submit(env: Environment, source: str, job_id: str | None, terms: Terms) -> Submission:
    """Start a job over a local file or an S3 object.

    Terms and a local file are checked here first, by the code that will partition it, so that a bad
    file does not use up the job id. Raises CommandError, or InputRefused with every problem found.
    """
    env.deployment  # noqa: B018  tells at once when there is no such environment
    in_s3 = source.startswith("s3://")
    if not in_s3 and not Path(source).is_file():
        raise CommandError(f"{source}: no such file; name a .jsonl, .csv or .json file, or an s3:// address")
    job_id = job_id or (None if in_s3 else request_id(source)) or made_id()
    if not JOB_ID.fullmatch(job_id):
        raise CommandError(f"{job_id!r} cannot be a job id; use up to 72 letters, digits, - and _")
    request = {**asdict(terms), "submitted_by": getpass.getuser()}
    check_request(request, env.deployment.next_steps)
    if execution(env, job_id):
        return Submission(job_id, started=False, items=None)
    items = None if in_s3 else check(source, env, terms.strict)
    uri = source if in_s3 else upload(env, source, job_id)
    return Submission(job_id, start(env, job_id, {"input": {"uri": uri}, **request}), items)


def tolerance_of(limits: list[str]) -> dict | None:
    """The tolerance in words such as "20" (items) and "2.5%", at most one of each; None when there are none."""
    tolerance: dict[str, float] = {}
    for limit in limits:
        kind, number = ("percentage", limit[:-1]) if limit.endswith("%") else ("count", limit)
        if not NUMBER.fullmatch(number) or (kind == "count" and "." in number) or kind in tolerance:
            raise typer.BadParameter(
                f"{' '.join(limits)}: give a number of items (20), a percentage (2.5%), or one of each",
                param_hint="--tolerate",
            )
        tolerance[kind] = int(number) if kind == "count" else float(number)
    return tolerance or None


def check(path: str, env: Environment, strict: bool) -> int:
    """Read a whole local file as partitioning will; the number of its items."""
    items = read_items(FileSource(path))
    return sum(1 for _ in (routed_only(items, env.routes) if strict else items))


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
