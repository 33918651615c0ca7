"""rollcall submit: start a job, or tell what it would take."""

import re
from typing import Annotated

import typer

from rollcall.intake.reading import Reading
from rollcall_cli.command_line import Env, Json, print_json
from rollcall_cli.commands.watch import follow
from rollcall_cli.reading_options import Sources, with_reading
from rollcall_client import submission
from rollcall_client.environment import Environment
from rollcall_client.forecast import Forecast
from rollcall_planner import display
from rollcall_terminal import console, say

TIME = re.compile(r"(\d+)([smhd]?)")
UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@with_reading
def submit(
    sources: Sources,
    env: Env,
    id: Annotated[str | None, typer.Option(help="The job's id; the same id twice is the same job.")] = None,
    type: Annotated[str, typer.Option(help="The job type, which names the next step.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse items whose data type has no route.")] = False,
    tolerate: Annotated[
        list[str] | None,
        typer.Option(metavar="N|N%", help="Items that may fail before the job FAILED; a number, a percentage or both."),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="End the job as soon as more has failed than it tolerates.")
    ] = False,
    deadline: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long the job may take, such as 90m, 2h or 1d; then it fails."),
    ] = None,
    lock: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the jobs with one lock only one is at work at a time.")
    ] = None,
    lock_wait: Annotated[
        bool, typer.Option("--lock-wait", help="Wait for the lock, where the job is refused otherwise.")
    ] = False,
    engine: Annotated[
        str, typer.Option(help="How chunks reach compute: events, auto, or another of those the environment has.")
    ] = "events",
    chunk: Annotated[int | None, typer.Option(help="Items a chunk, in place of what the routes say.")] = None,
    rate: Annotated[float | None, typer.Option(help="Items a second at most; with --engine chunked.")] = None,
    rate_name: Annotated[
        str | None, typer.Option(metavar="NAME", help="All jobs with one name keep to the rate together.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="How long an item takes; then a job that cannot finish is refused.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what the job would take; start nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Submit what the plan says cannot finish.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the job has ended.")] = False,
    *,
    reading: Reading,
    as_json: Json = False,
) -> None:
    """Start a job over files, S3 objects or standard input."""
    if lock_wait and lock is None:
        raise typer.BadParameter("there is no lock to wait for; name it with --lock", param_hint="--lock-wait")
    tolerance = tolerance_of(tolerate or [])
    held = None if lock is None else {"name": lock, "wait": lock_wait}
    environment = Environment(env)
    limit = None if deadline is None else seconds_of(deadline)
    terms = submission.Terms(type, strict, tolerance, fail_fast, held, engine, chunk, rate, limit, rate_name)
    if dry_run:
        tell_plan(submission.dry_run(environment, sources, terms, needed(seconds), reading), as_json)
        return
    done = submission.submit(environment, sources, id, terms, seconds, force, reading)
    for notice in [] if wait else done.notices:  # they are told with the job's end, too
        say(notice)
    if not done.started:
        say(f"job {done.job_id} was submitted before; it is the same job, nothing was started again")
    elif not wait:
        size = "" if done.items is None else f" with {done.items:,} items"
        say(f"job {done.job_id} started{size}; follow it: rollcall watch {done.job_id}")
    if wait:
        follow(environment, done.job_id, as_json)
    elif as_json:
        print_json({"job_id": done.job_id, "started": done.started})


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


def seconds_of(deadline: str) -> int:
    """The seconds of a time such as "90m", "2h" or "1d"; a number alone is in seconds."""
    found = TIME.fullmatch(deadline)
    if not found:
        raise typer.BadParameter(f"{deadline!r}: give a time such as 600s, 90m, 2h or 1d", param_hint="--deadline")
    return int(found[1]) * UNIT_SECONDS[found[2]]


def needed(seconds: float | None) -> float:
    if seconds is None:
        raise typer.BadParameter("a plan needs to know how long an item takes; say --seconds", param_hint="--dry-run")
    return seconds


def tell_plan(foreseen: Forecast, as_json: bool) -> None:
    """The plan of each route, in words or as JSON."""
    if foreseen.why:
        say(f"engine {foreseen.engine}: {foreseen.why}")
    for route, made in foreseen.plans.items():
        say(f"route {route}: {made.workload.items:,} items on {made.workload.target}")
        console.print(display.table([made]))
        for sentence in display.words(made.as_json()):
            say(sentence)
    if as_json:
        print_json(
            {"engine": foreseen.engine, "plans": {name: made.as_json() for name, made in foreseen.plans.items()}}
        )
