"""rollcall why: what a job waits for, and what happens next."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from rollcall.ranges import neighbours
from rollcall.records.jobs import JobState
from rollcall_cli import display
from rollcall_cli.command_line import Env, JobId, Json, print_json
from rollcall_client import job_status, refusals
from rollcall_client.environment import Environment
from rollcall_client.timing import ago, clock, until
from rollcall_client.why import Waiting, waiting_for
from rollcall_terminal import say

RANGES_SHOWN = 20
WORKERS_SHOWN = 10


def why(job_id: JobId, env: Env, as_json: Json = False) -> None:
    """Tell what a job waits for, and what happens next."""
    environment = Environment(env)
    row = job_status.job_row(environment, job_id)
    sentence, unsettled = waiting_for(environment, row)
    refused = [] if row["state"] == JobState.SUCCEEDED else refusals.told(environment, row)
    if as_json:
        print_json({"why": sentence, "waiting_for": [asdict(each) for each in unsettled], "refused": refused})
        return
    say(f"job {job_id}: {sentence}")
    for each in unsettled:
        for line in in_words(each, datetime.now(UTC)):
            say(f"  {line}")
    if refused:
        display.say_what_is_refused(job_id, refused, give_up=False)


def in_words(waiting: Waiting, now: datetime) -> Iterator[str]:
    """Lines that tell of one data type: what is missing, who has it, what happens next."""
    shown = [f"{f}-{f + n - 1}" if n > 1 else str(f) for f, n in neighbours(waiting.chunks)]
    more = f" and {len(shown) - RANGES_SHOWN} more ranges" if len(shown) > RANGES_SHOWN else ""
    last = f"last settlement {ago(waiting.last_settled_at, now)}" if waiting.last_settled_at else "none has settled yet"
    yield (
        f"{waiting.data_type} on {waiting.target}: chunks {', '.join(shown[:RANGES_SHOWN])}{more} "
        f"({waiting.items:,} items); {waiting.in_queue:,} chunks in its queue, {waiting.in_work:,} in work; {last}"
    )
    for worker in waiting.workers[:WORKERS_SHOWN]:
        yield f"  in work in slot {worker['slot']} since {clock(worker['since'])}: {worker['task'] or waiting.target}"
    if len(waiting.workers) > WORKERS_SHOWN:
        yield f"  and with {len(waiting.workers) - WORKERS_SHOWN} more workers"
    yield f"  {waiting.next_action}"
    if waiting.overdue_at:
        yield f"  {sweep_in_words(waiting, now)}"


def sweep_in_words(waiting: Waiting, now: datetime) -> str:
    """What the sweeper does, and when, if nothing of a data type settles until then."""
    tries = f"handed out again, {waiting.sweeps} of {waiting.max_attempts} times so far"
    what = tries if waiting.sweeps < waiting.max_attempts else "failed by name"
    when = f"{clock(waiting.overdue_at)} ({until(waiting.overdue_at, now)})"
    return f"if nothing of it settles until {when}, lost chunks are {what}"
