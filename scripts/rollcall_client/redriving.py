"""Redriving a job that has ended: run its failed or missing items once more, as its next run."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState, execution_name
from rollcall.records.rows import JobRow
from rollcall.routes import UNROUTED
from rollcall_client import executions
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.job_status import job_row

POLL_SECONDS = 0.5
COUNTED_AS = {"failed": "failed", "missing": "not_run"}


@dataclass(frozen=True)
class Wish:
    """What to run again: items that are "failed" or "missing"; of the failed ones those whose error matches.

    `route` names the data type whose route is to serve them, if not each its own.
    """

    select: list[str]
    error: str | None
    route: str | None
    by: str


def wish_of(failed: bool, missing: bool, error: str | None, route: str | None, by: str) -> Wish:
    """Nothing said means both; an error alone means the failed items with that error. Raises CommandError."""
    try:
        re.compile(error or "")
    except re.error as reason:
        raise CommandError(
            f"--error {error!r} is no regular expression: {reason}; it is searched for in 'Type: message'"
        ) from reason
    failed = failed or error is not None
    asked = [name for name, wanted in (("failed", failed), ("missing", missing)) if wanted]
    return Wish(asked or ["failed", "missing"], error, route, by)


def redrive(env: Environment, job_id: str, wish: Wish, say: Callable[[str], None]) -> int:
    """Start the next run of a job and wait until it has begun; its number.

    `say` takes a sentence while that takes long. Raises CommandError when there is nothing to redrive,
    or with the words of the partitioning that refused it.
    """
    row = job_row(env, job_id)
    check(env, row, wish)
    run = row["run"] + 1
    first = executions.execution(env, job_id)
    if first is None:
        raise CommandError(f"job {job_id}: its first execution, which has its input, is gone; submit it as a new job")
    name = start(env, job_id, run, {**json.loads(first["input"]), "redrive": asdict(wish)})
    wait_until_begun(env, job_id, run, name, say)
    return run


def check(env: Environment, row: JobRow, wish: Wish) -> None:
    """Raises CommandError for what can be told without reading results."""
    job_id, state = row["job_id"], JobState(row["state"])
    if not state.ended:
        raise CommandError(f"job {job_id} is {state}; redrive it when it has ended: rollcall watch {job_id}")
    if state == JobState.REFUSED:
        raise CommandError(f"job {job_id} was refused and has no items; correct its input and submit it as a new job")
    if wish.route and wish.route not in env.routes.keys() - {UNROUTED}:
        known = ", ".join(sorted(env.routes.keys() - {UNROUTED}))
        raise CommandError(f"there is no route {wish.route!r}; environment {env.name!r} has {known}")
    counts = job_record.counts_of(row)
    if not sum(counts[COUNTED_AS[kind]] for kind in wish.select):
        raise CommandError(f"nothing to redrive: job {job_id} has no {' or '.join(wish.select)} items")


def start(env: Environment, job_id: str, run: int, request: dict) -> str:
    """Start the execution of a run; its name. One of that name that was refused before has used the name up."""
    known = list(executions.of_run(env, job_id, run))
    name = execution_name(job_id, run, len(known))
    if any(each["status"] == "RUNNING" for each in known) or not executions.start(env, name, request):
        raise CommandError(f"job {job_id} is being redriven already; its run {run} begins shortly")
    return name


def wait_until_begun(
    env: Environment,
    job_id: str,
    run: int,
    name: str,
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    waited = 0.0
    while int(job_record.read(env.jobs, job_id)["run"]) < run:
        execution = executions.execution(env, name)
        # Seen ended, it may have begun in between.
        if execution and execution["status"] != "RUNNING" and int(job_record.read(env.jobs, job_id)["run"]) < run:
            events = executions.events_of(env, execution["executionArn"])
            why = executions.refusal(events) or f"its execution {name} ended {execution['status']}"
            raise CommandError(f"job {job_id} was not redriven: {why}")
        if waited == 20 * POLL_SECONDS:
            say("its items are still being chosen, or it waits for its lock; it begins also without this command")
        sleep(POLL_SECONDS)
        waited += POLL_SECONDS
