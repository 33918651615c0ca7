"""The rollcall command.

Words go to stderr and, with --json, one JSON document to stdout. Exit codes: 0 done (a job
SUCCEEDED), 1 it could not be done, 2 wrong usage, 3 the job ended PARTIAL, 4 FAILED, 5 REFUSED.
"""

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from rollcall.errors import InputRefused
from rollcall.jobs import JobState
from rollcall.results import read_results
from rollcall_cli import display, offline_routes, reading, submission, waiting
from rollcall_cli import failures as failing
from rollcall_cli.display import console
from rollcall_cli.environment import CommandError, Environment, default_environment


class Exit(IntEnum):
    DONE = 0
    NOT_DONE = 1
    PARTIAL = 3
    FAILED = 4
    REFUSED = 5


app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=__doc__)
route = typer.Typer(no_args_is_help=True, help="Ask about single routes.")
app.add_typer(route, name="route")

Env = Annotated[
    str, typer.Option("--env", help="The workspace to talk to (or ROLLCALL_ENV).", default_factory=default_environment)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The id of a job.")]


def one_sentence(command: Callable) -> Callable:
    """End a command that cannot do its work with one clear sentence and a non-zero exit."""

    @wraps(command)
    def run(*args, **kwargs):
        try:
            command(*args, **kwargs)
        except InputRefused as error:
            console.print(f"refused, nothing was started; {len(error.problems)} to correct:", style="red")
            for problem in error.problems:
                console.print(f"  {problem}", markup=False, soft_wrap=True)
            raise typer.Exit(Exit.REFUSED) from error
        except (CommandError, ClientError, BotoCoreError) as error:
            console.print(str(error), style="red", markup=False, soft_wrap=True)
            raise typer.Exit(Exit.NOT_DONE) from error

    return run


def print_json(document) -> None:
    print(json.dumps(document, indent=2))


def exit_as(job: dict) -> None:
    """Leave with the code that tells how the job ended; 0 while it has not."""
    state = job["state"]
    if state in Exit.__members__:
        raise typer.Exit(Exit[state])


@app.command()
@one_sentence
def submit(
    source: Annotated[str, typer.Argument(metavar="FILE|s3://…", help="Items as .jsonl, .csv or .json (also .gz).")],
    env: Env,
    id: Annotated[str | None, typer.Option(help="The job's id; the same id twice is the same job.")] = None,
    type: Annotated[str, typer.Option(help="The job type, which names the next step.")] = "",
    strict: Annotated[bool, typer.Option(help="Refuse items whose data type has no route.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until the job has ended.")] = False,
    as_json: Json = False,
):
    """Start a job over a file or an S3 object."""
    environment = Environment(env)
    done = submission.submit(environment, source, id, type, strict)
    if not done.started:
        console.print(f"job {done.job_id} was submitted before; it is the same job, nothing was started again")
    elif not wait:
        size = "" if done.items is None else f" with {done.items:,} items"
        console.print(f"job {done.job_id} started{size}; follow it: rollcall watch {done.job_id}")
    if wait:
        follow(environment, done.job_id, as_json)
    elif as_json:
        print_json({"job_id": done.job_id, "started": done.started})


@app.command()
@one_sentence
def watch(job_id: JobId, env: Env, as_json: Json = False):
    """Show a job's progress per data type until it has ended."""
    follow(Environment(env), job_id, as_json)


def follow(env: Environment, job_id: str, as_json: bool) -> None:
    job = display.watch(env, job_id)
    display.say_how_it_ended(job)
    if as_json:
        print_json(job)
    exit_as(job)


@app.command()
@one_sentence
def status(job_id: JobId, env: Env, as_json: Json = False):
    """Tell how far a job is."""
    environment = Environment(env)
    job = reading.report(environment, reading.job_row(environment, job_id))
    if as_json:
        print_json(job)
    else:
        console.print(display.progress_table(job))
        if JobState(job["state"]).ended:
            display.say_how_it_ended(job)
    exit_as(job)


@app.command()
@one_sentence
def results(
    job_id: JobId,
    env: Env,
    failed: Annotated[bool, typer.Option("--failed", help="Only the items that failed.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of stdout.")] = None,
):
    """Print the result of every item as JSON Lines."""
    environment = Environment(env)
    reading.job_row(environment, job_id)
    lines = read_results(environment.client("s3"), environment.deployment.bucket, job_id)
    with out.open("w", encoding="utf-8") if out else nullcontext(sys.stdout) as stream:
        for line in lines:
            if not (failed and line["ok"]):
                stream.write(json.dumps(line) + "\n")


@app.command()
@one_sentence
def failures(job_id: JobId, env: Env, as_json: Json = False):
    """Tell what failed, grouped by error."""
    environment = Environment(env)
    reading.job_row(environment, job_id)
    lines = read_results(environment.client("s3"), environment.deployment.bucket, job_id)
    found = failing.group(lines)
    if as_json:
        print_json(failing.as_json(found))
    elif found:
        console.print(failing.as_table(found))
    else:
        console.print(f"no item of job {job_id} has failed")


@app.command()
@one_sentence
def why(job_id: JobId, env: Env, as_json: Json = False):
    """Tell what a job waits for: which chunks, where they are, what happens next."""
    environment = Environment(env)
    sentence, unsettled = waiting.waiting_for(environment, reading.job_row(environment, job_id))
    if as_json:
        print_json(waiting.as_json(sentence, unsettled))
        return
    console.print(f"job {job_id}: {sentence}", markup=False)
    for each in unsettled:
        console.print(f"  {waiting.in_words(each)}", markup=False, soft_wrap=True)


@app.command()
@one_sentence
def routes(env: Env, as_json: Json = False):
    """Tell what is routed where, as deployed."""
    deployed = Environment(env).routes
    if as_json:
        print_json({data_type: vars(route) for data_type, route in sorted(deployed.items())})
    else:
        console.print(display.routes_table(deployed))


@route.command("test")
@one_sentence
def route_test(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="An item or event: JSON, a file, or - for stdin.")],
    env: Env,
    as_json: Json = False,
):
    """Tell which route an item would take, from tfvars alone, without any cloud."""
    taken = offline_routes.take(env, event)
    if as_json:
        print_json(taken)
    if taken["target"] is None:
        raise CommandError(
            f"data type {taken['data_type']!r} has no route: such items fail; "
            f"add one to routes in terraform/environments/{env}.tfvars"
        )
    console.print(
        f"{taken['data_type']} → {taken['target']}: {json.dumps(taken['route'][taken['target']])}", markup=False
    )


if __name__ == "__main__":
    sys.exit(app())
