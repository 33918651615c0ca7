"""Commands that change the course of a job."""

import getpass
from typing import Annotated

import typer

from rollcall_cli import display
from rollcall_cli.command_line import Env, JobId, Json, print_json, say
from rollcall_cli.commands.following import follow
from rollcall_cli.display import console
from rollcall_client import job_status, redriving, steering
from rollcall_client.environment import Environment


def pause(job_id: JobId, env: Env):
    """Hand out no more of a job.

    What workers have begun is ended and counted.
    """
    steering.pause(Environment(env), job_id, getpass.getuser())
    say(f"job {job_id} is PAUSED; go on with: rollcall resume {job_id}")


def resume(job_id: JobId, env: Env):
    """Let a paused job go on."""
    steering.resume(Environment(env), job_id, getpass.getuser())
    say(f"job {job_id} is RUNNING again; follow it: rollcall watch {job_id}")


def cancel(job_id: JobId, env: Env, as_json: Json = False):
    """End a job now, and tell what of it has run.

    What has run stays, and is counted.
    """
    environment = Environment(env)
    row = steering.cancel(environment, job_id, getpass.getuser())
    say(f"job {job_id} is CANCELLED; its workers are being stopped")
    at_rest = steering.wait_until_at_rest(environment, job_id)
    job = job_status.report(environment, at_rest or row)
    if as_json:
        print_json(job)
    if not job["data_types"]:
        say("its input had not been read into chunks; nothing of it has run")
    elif at_rest is None:
        say(f"what had run is still being counted; see in a minute: rollcall status {job_id}")
    else:
        console.print(display.ended_table(job))
        display.say_how_it_ended(job)


def redrive(
    job_id: JobId,
    env: Env,
    failed: Annotated[bool, typer.Option("--failed", help="Only the items that failed.")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="Only the items that were never run.")] = False,
    error: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="Only items failed with this: a regular expression for 'Type: message'."),
    ] = None,
    route: Annotated[
        str | None, typer.Option(metavar="DATA_TYPE", help="Run them on this route, whatever their own is.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the run has ended.")] = False,
    as_json: Json = False,
):
    """Run failed and missing items of an ended job again.

    Nothing else is run; what they were before is replaced in the results.
    """
    environment = Environment(env)
    wish = redriving.wish_of(failed, missing, error, route, getpass.getuser())
    run = redriving.redrive(environment, job_id, wish, say)
    job = job_status.report(environment, job_status.job_row(environment, job_id))
    items = sum(part["items"] for part in job["data_types"])
    say(f"run {run} of job {job_id} has begun with {items:,} items")
    if wait:
        follow(environment, job_id, as_json)
    elif as_json:
        print_json({"job_id": job_id, "run": run, "items": items})
    else:
        say(f"follow it: rollcall watch {job_id}")
