"""rollcall watch and rollcall status: how far a job is."""

from rollcall.records.jobs import JobState
from rollcall_cli import display
from rollcall_cli.command_line import Env, JobId, Json, exit_as, print_json
from rollcall_client import job_status
from rollcall_client.environment import Environment
from rollcall_terminal import console, say


def watch(job_id: JobId, env: Env, as_json: Json = False) -> None:
    """Show a job's progress per data type until it has ended."""
    follow(Environment(env), job_id, as_json)


def follow(env: Environment, job_id: str, as_json: bool) -> None:
    """Watch a job, say how it ended, and leave with the exit code for that."""
    job = display.watch(env, job_id)
    display.say_how_it_ended(job)
    if as_json:
        print_json(job)
    exit_as(job)


def status(job_id: JobId, env: Env, as_json: Json = False) -> None:
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
