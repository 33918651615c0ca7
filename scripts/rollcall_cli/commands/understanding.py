"""Commands that tell what has become of a job and its items."""

import json
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from rollcall.records.results import read_results
from rollcall_cli import explaining, timeline
from rollcall_cli.command_line import Env, Exit, JobId, Json, print_json, say
from rollcall_cli.display import console
from rollcall_client import failures as failing
from rollcall_client import job_status, receipts
from rollcall_client import why as awaiting
from rollcall_client.environment import Environment


def why(job_id: JobId, env: Env, as_json: Json = False):
    """Tell what a job waits for, and what happens next."""
    environment = Environment(env)
    sentence, unsettled = awaiting.waiting_for(environment, job_status.job_row(environment, job_id))
    if as_json:
        print_json(explaining.as_json(sentence, unsettled))
        return
    say(f"job {job_id}: {sentence}")
    for each in unsettled:
        for line in explaining.in_words(each, datetime.now(UTC)):
            say(f"  {line}")


def results(
    job_id: JobId,
    env: Env,
    failed: Annotated[bool, typer.Option("--failed", help="Only the items that failed.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of stdout.")] = None,
):
    """Print the result of every item as JSON Lines."""
    environment = Environment(env)
    job_status.job_row(environment, job_id)
    lines = read_results(environment.client("s3"), environment.deployment.bucket, job_id)
    with out.open("w", encoding="utf-8") if out else nullcontext(sys.stdout) as stream:
        for line in lines:
            if not (failed and line["ok"]):
                stream.write(json.dumps(line) + "\n")


def failures(job_id: JobId, env: Env, as_json: Json = False):
    """Tell what failed, grouped by error."""
    environment = Environment(env)
    job_status.job_row(environment, job_id)
    lines = read_results(environment.client("s3"), environment.deployment.bucket, job_id)
    found = failing.group(lines)
    if as_json:
        print_json(failing.as_json(found))
    elif found:
        console.print(failing.as_table(found))
        say(f"run what failed again: rollcall redrive {job_id} --failed, or --error PATTERN for one of these errors")
    else:
        say(f"no item of job {job_id} has failed")


def show_timeline(job_id: JobId, env: Env, as_json: Json = False):
    """Tell what happened to a job, when, and by whom."""
    environment = Environment(env)
    row = job_status.job_row(environment, job_id)
    events = timeline.entries(row, receipts.receipts_of(environment, row))
    if as_json:
        print_json(events)
    else:
        console.print(timeline.as_table(job_id, events))


def receipt(job_id: JobId, env: Env, as_json: Json = False):
    """Show what was expected of a job, and what settled how."""
    found = receipts.newest_receipt(Environment(env), job_id)
    if as_json:
        print_json(found)
    else:
        console.print(receipts.as_table(found))


def verify(job_id: JobId, env: Env, as_json: Json = False):
    """Recompute a job's receipt from its results.

    The exit code is 1 when they differ.
    """
    environment = Environment(env)
    found = receipts.newest_receipt(environment, job_id)
    verdict = receipts.verify(environment, found)
    if as_json:
        print_json(receipts.as_json(found, verdict))
    differ = f"no: the results of job {job_id} differ from its receipt:"
    say(differ if verdict.differences else f"yes: job {job_id} is {receipts.in_words(found)}")
    for line in [*verdict.differences, *(f"note: {note}" for note in verdict.notes)]:
        say(f"  {line}")
    if verdict.differences:
        raise typer.Exit(Exit.NOT_DONE)
