"""rollcall failures: what failed in a job, grouped by error."""

from dataclasses import asdict

from rich.table import Table

from rollcall_cli import display
from rollcall_cli.command_line import Env, JobId, Json, print_json
from rollcall_client import job_status, results
from rollcall_client.environment import Environment
from rollcall_client.failures import Failure, group
from rollcall_terminal import console, say, table_of


def failures(job_id: JobId, env: Env, as_json: Json = False) -> None:
    """Tell what failed, grouped by error."""
    environment = Environment(env)
    found = group(results.read(environment, job_status.job_row(environment, job_id), failed=True))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        console.print(as_table(found))
        say(f"run what failed again: rollcall redrive {job_id} --failed, or --error PATTERN for one of these errors")
    else:
        say(f"no item of job {job_id} has failed")


def as_table(failures: list[Failure]) -> Table:
    headings = ("data type", "error", "for example", "items", "tried", "message")
    table = table_of("what failed", *headings, left=3)
    table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
    for failure in failures:
        table.add_row(
            display.name_of(failure.data_type),
            failure.error,
            failure.samples[0],
            f"{failure.count:,}",
            f"{failure.attempts}×",
            in_words(failure),
        )
    return table


def in_words(failure: Failure) -> str:
    because = f" (because of {failure.cause})" if failure.cause else ""
    return f"{failure.message}{because}" + ("; may succeed another time" if failure.retryable else "")
