"""Steering a job that has not ended: pause, resume, cancel."""

import json
import time
from collections.abc import Callable
from typing import NoReturn

from boto3.dynamodb.conditions import Attr

from rollcall.engines import Engine
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState, timeline_event
from rollcall.records.rows import JobRow
from rollcall_client import executions
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.job_status import is_at_rest, job_row

CANCELLABLE = (JobState.PARTITIONING, JobState.RUNNING, JobState.PAUSED)
RECEIPT_SECONDS = 25  # finish_job lets workers say their last words for some of them
POLL_SECONDS = 0.5


def pause(env: Environment, job_id: str, by: str) -> None:
    """Hand out no more chunks of a job; what has begun is ended and counted.

    Raises CommandError unless the job is RUNNING, with the engine `events`: the others hand out by themselves.
    """
    changes, event = {"state": JobState.PAUSED}, timeline_event("paused", by=by)
    pausable = Attr("engine").eq(Engine.EVENTS)
    changed, row = job_record.update(env.jobs, job_id, changes, (JobState.RUNNING,), pausable, event)
    if not changed and row and row["state"] == JobState.RUNNING:
        raise CommandError(
            f"job {job_id!r} has engine {row['engine']!r}, which cannot be paused; only {Engine.EVENTS} can"
        )
    if not changed:
        refuse(env, job_id, "only a RUNNING job can be paused")


def resume(env: Environment, job_id: str, by: str) -> None:
    """Let a paused job go on: its missing chunks are enqueued again. Raises CommandError unless PAUSED."""
    changes, event = {"state": JobState.RUNNING}, timeline_event("resumed", by=by)
    changed, _ = job_record.update(env.jobs, job_id, changes, only_in=(JobState.PAUSED,), event=event)
    if not changed:
        refuse(env, job_id, "only a PAUSED job can be resumed")
    payload = json.dumps({"job_id": job_id}).encode()
    function = env.deployment.dispatch_function
    env.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=payload)


def cancel(env: Environment, job_id: str, by: str) -> JobRow:
    """Cancel a job and return its row: first its row says so, then its execution is stopped.

    So whoever acts for the job from then on, and be it a partitioning that goes on without its
    execution, finds it cancelled. Raises CommandError when all has settled or the job has ended.
    """
    event = timeline_event("cancelled", by=by)
    changes = {"state": JobState.CANCELLED}
    changed, row = job_record.update(env.jobs, job_id, changes, only_in=CANCELLABLE, event=event)
    started = executions.execution(env, job_id) if row is None else None
    if started and started["status"] == "RUNNING":
        job_record.opened(env.jobs, job_id, json.loads(started["input"]), started["startDate"])
        return cancel(env, job_id, by)
    if not changed or row is None:
        refuse(env, job_id, "there is nothing left to cancel")
    sfn = env.client("stepfunctions")
    for execution in executions.of_run(env, job_id, row["run"]):
        if execution["status"] == "RUNNING":
            sfn.stop_execution(executionArn=execution["executionArn"], error="Cancelled", cause=f"by {by}")
    return row


def refuse(env: Environment, job_id: str, why: str) -> NoReturn:
    """Raises CommandError with the state a job is in, or that there is no such job."""
    row = job_row(env, job_id)
    state = JobState(row["state"])
    if state.ended:
        why = f"it ended at {row.get('finished_at', 'an unknown time')}"
    elif state == JobState.SETTLED:
        why = "every chunk has settled, and what follows from that is running"
    raise CommandError(f"job {job_id} is {state}: {why}; see: rollcall status {job_id}")


def wait_until_at_rest(env: Environment, job_id: str, sleep: Callable[[float], None] = time.sleep) -> JobRow | None:
    """The row of an ended job once its counts and its receipt are written; None if that takes too long."""
    for _ in range(int(RECEIPT_SECONDS / POLL_SECONDS)):
        row = job_row(env, job_id)
        if is_at_rest(row):
            return row
        sleep(POLL_SECONDS)
    return None
