"""rollcall cancel: end a job now, and tell what of it has run."""

from rich.table import Table

from rollcall_cli import display
from rollcall_cli.command_line import Env, JobId, Json, print_json
from rollcall_client import job_status, steering
from rollcall_client.environment import Environment, user
from rollcall_terminal import console, say, table_of


def cancel(job_id: JobId, env: Env, as_json: Json = False) -> None:
    """End a job now, and tell what of it has run.

    What has run stays, and is counted.
    """
    environment = Environment(env)
    row = steering.cancel(environment, job_id, user())
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
        console.print(ended_table(job))
        display.say_how_it_ended(job)


def ended_table(job: dict) -> Table:
    """What has run of a job that ended before all of it had."""
    headings = ("data type", "target", "items", "settled", "succeeded", "failed", "not run")
    table = table_of(f"what has run of job {job['job_id']}", *headings, left=2)
    for part in job["data_types"]:
        items, settled, failed = part["items"], part["settled"], part["failed"]
        numbers = (items, settled, settled - failed, failed, items - settled)
        table.add_row(display.name_of(part["data_type"]), part["target"], *(f"{number:,}" for number in numbers))
    return table
