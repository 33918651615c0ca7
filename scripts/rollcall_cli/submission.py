"""Submitting a job: check the input, upload it, start the state machine."""

import getpass
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import ijson
from botocore.exceptions import ClientError

from rollcall.errors import InputRefused
from rollcall.items import JOB_ID, read_items
from rollcall.routes import routed_only
from rollcall.sources import FileSource
from rollcall_cli.environment import CommandError, Environment


@dataclass(frozen=True)
class Submission:
    """What was started: `started` is False when a job of this id was there already."""

    job_id: str
    started: bool
    items: int | None


def submit(env: Environment, source: str, job_id: str | None, job_type: str, strict: bool) -> Submission:
    """Start a job over a local file or an S3 object.

    A local file is checked here first, by the code that will partition it, so that a bad file does
    not use up the job id. Raises CommandError, or InputRefused with every problem found.
    """
    env.deployment  # noqa: B018  tells at once when there is no such environment
    in_s3 = source.startswith("s3://")
    if not in_s3 and not Path(source).is_file():
        raise CommandError(f"{source}: no such file; name a .jsonl, .csv or .json file, or an s3:// address")
    job_id = job_id or (None if in_s3 else request_id(source)) or made_id()
    if not JOB_ID.fullmatch(job_id):
        raise CommandError(f"{job_id!r} cannot be a job id; use up to 80 letters, digits, - and _")
    if job_type and job_type not in env.deployment.next_steps:
        known = ", ".join(env.deployment.next_steps) or "none"
        raise CommandError(f"there is no job type {job_type!r}; next_steps of environment {env.name!r} has {known}")
    if execution(env, job_id):
        return Submission(job_id, started=False, items=None)
    items = None if in_s3 else check(source, env, strict)
    uri = source if in_s3 else upload(env, source, job_id)
    request = {"input": {"uri": uri}, "job_type": job_type, "strict": strict, "submitted_by": getpass.getuser()}
    return Submission(job_id, start(env, job_id, request), items)


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


def start(env: Environment, job_id: str, request: dict) -> bool:
    """Start the job's execution; False when there is one of this name already."""
    machine = env.deployment.state_machine_arn
    try:
        env.client("stepfunctions").start_execution(stateMachineArn=machine, name=job_id, input=json.dumps(request))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
        return False
    return True


def execution_arn(env: Environment, job_id: str) -> str:
    return f"{env.deployment.state_machine_arn.replace(':stateMachine:', ':execution:')}:{job_id}"


def execution(env: Environment, job_id: str) -> dict | None:
    """The execution of a job, or None when no such job was ever started."""
    try:
        return env.client("stepfunctions").describe_execution(executionArn=execution_arn(env, job_id))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ExecutionDoesNotExist", "InvalidArn"):
            return None
        raise
