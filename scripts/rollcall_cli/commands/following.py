"""Commands that start a job and follow it."""

from typing import Annotated

import typer

from rollcall.records.jobs import JobState
from rollcall_cli import display
from rollcall_cli.command_line import Env, JobId, Json, exit_as, print_json, say
from rollcall_cli.display import console
from rollcall_client import job_status, submission
from rollcall_client.environment import Environment
from rollcall_client.forecast import Forecast
from rollcall_planner import display as plan_display


def submit(
    source: Annotated[str, typer.Argument(metavar="FILE|s3://…", help="Items as .jsonl, .csv or .json (also .gz).")],
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
    seconds: Annotated[
        float | None, typer.Option(help="How long an item takes; then a job that cannot finish is refused.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what the job would take; start nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Submit what the plan says cannot finish.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the job has ended.")] = False,
    as_json: Json = False,
):
    """Start a job over a file or an S3 object."""
    if lock_wait and lock is None:
        raise typer.BadParameter("there is no lock to wait for; name it with --lock", param_hint="--lock-wait")
    tolerance = submission.tolerance_of(tolerate or [])
    held = None if lock is None else {"name": lock, "wait": lock_wait}
    environment = Environment(env)
    terms = submission.Terms(type, strict, tolerance, fail_fast, held, engine, chunk, rate)
    if dry_run:
        tell_plan(submission.dry_run(environment, source, terms, needed(seconds)), as_json)
        return
    done = submission.submit(environment, source, id, terms, seconds, force)
    if not done.started:
        say(f"job {done.job_id} was submitted before; it is the same job, nothing was started again")
    elif not wait:
        size = "" if done.items is None else f" with {done.items:,} items"
        say(f"job {done.job_id} started{size}; follow it: rollcall watch {done.job_id}")
    if wait:
        follow(environment, done.job_id, as_json)
    elif as_json:
        print_json({"job_id": done.job_id, "started": done.started})


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
        console.print(plan_display.table([made]))
        for sentence in plan_display.words(made.as_json()):
            say(sentence)
    if as_json:
        print_json(
            {"engine": foreseen.engine, "plans": {name: made.as_json() for name, made in foreseen.plans.items()}}
        )


def watch(job_id: JobId, env: Env, as_json: Json = False):
    """Show a job's progress per data type until it has ended."""
    follow(Environment(env), job_id, as_json)


def follow(env: Environment, job_id: str, as_json: bool) -> None:
    """Watch a job, say how it ended, and leave with the exit code for that."""
    job = display.watch(env, job_id)
    display.say_how_it_ended(job)
    if as_json:
        print_json(job)
    exit_as(job)


def status(job_id: JobId, env: Env, as_json: Json = False):
    """Tell how far a job is."""
    environment = Environment(env)
    job = job_status.report(environment, job_status.job_row(environment, job_id))
    if as_json:
        print_json(job)
    else:
        console.print(display.progress_table(job))
        if JobState(job["state"]).ended:
            display.say_how_it_ended(job)
        elif job["state"] == JobState.PAUSED:
            say(f"it is paused; go on with: rollcall resume {job_id}")
    exit_as(job)
