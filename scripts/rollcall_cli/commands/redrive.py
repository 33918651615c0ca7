"""rollcall redrive: run failed and missing items of an ended job again."""

from typing import Annotated

import typer

from rollcall_cli.command_line import Env, JobId, Json, print_json
from rollcall_cli.commands.watch import follow
from rollcall_client import job_status, redriving
from rollcall_client.environment import Environment, user
from rollcall_terminal import say


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
) -> None:
    """Run failed and missing items of an ended job again.

    Nothing else is run; what they were before is replaced in the results.
    """
    environment = Environment(env)
    wish = redriving.wish_of(failed, missing, error, route, user())
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
