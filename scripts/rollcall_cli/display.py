"""A job on the terminal: its progress, and how it ended."""

import time

from rich.live import Live
from rich.table import Table
from rich.text import Text

from rollcall.routes import UNROUTED
from rollcall_cli.stalling import Stall
from rollcall_client.environment import CommandError, Environment
from rollcall_client.job_status import is_at_rest, job_row, report
from rollcall_terminal import console, say, table_of

POLL_SECONDS = 0.5
PLAIN_SECONDS = 5.0
COLOURS = {
    "PAUSED": "magenta",
    "SUCCEEDED": "green",
    "PARTIAL": "yellow",
    "FAILED": "red",
    "REFUSED": "red",
    "CANCELLED": "yellow",
}


def watch(env: Environment, job_id: str, give_up: bool = False) -> dict:
    """Show a job's progress until it has ended; its last report.

    Calls refused to a job that stands still are told; to give up raises CommandError with them.
    """
    told, stall = 0.0, Stall(env)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            asked = time.monotonic()
            row = job_row(env, job_id)
            now = report(env, row)
            if console.is_terminal:
                live.update(progress_table(now), refresh=True)
            elif time.monotonic() - told > PLAIN_SECONDS:
                say(progress_line(now))
                told = time.monotonic()
            if news := stall.news(row, now):
                say_what_is_refused(job_id, news, give_up and not is_at_rest(row))
            if is_at_rest(row):
                break
            # The more a job has to read, the more seldom it is read.
            time.sleep(max(POLL_SECONDS, 4 * (time.monotonic() - asked)))
    console.print(progress_table(now))
    return now


def say_what_is_refused(job_id: str, sentences: list[str], give_up: bool) -> None:
    """Raises CommandError with them to give up."""
    if give_up:
        raise CommandError("\n  ".join([f"job {job_id} does not go on, calls are refused:", *sentences]))
    say(f"since job {job_id} began, calls were refused:")
    for sentence in sentences:
        say(f"  {sentence}")


def progress_line(job: dict) -> str:
    parts = ", ".join(f"{p['data_type']} {p['settled']:,}/{p['items']:,}" for p in job["data_types"])
    return f"{job['job_id']} {job['state']}" + (f": {parts}" if parts else "")


def progress_table(job: dict) -> Table:
    state = job["state"]
    run = f", run {job['run']}" if job["run"] > 1 else ""
    title = Text.assemble(f"job {job['job_id']}  ", (state, COLOURS.get(state, "cyan")), run, style="bold")
    table = table_of(title, "data type", "target", "settled", "of", "failed", "", left=2)
    for part in job["data_types"]:
        done = part["settled"] / part["items"]
        failed = Text(f"{part['failed']:,}" if part["failed"] else "", style="red")
        table.add_row(
            name_of(part["data_type"]), part["target"], f"{part['settled']:,}", f"{part['items']:,}", failed, bar(done)
        )
    return table


def name_of(data_type: str) -> str:
    return "(no route)" if data_type == UNROUTED else data_type


def bar(done: float, width: int = 24) -> Text:
    full = int(done * width)
    return Text.assemble(("━" * full, "cyan"), ("━" * (width - full), "bright_black"), f" {done:4.0%}")


def say_how_it_ended(job: dict) -> None:
    """One sentence, and what to do next if anything failed or never ran."""
    counts = (
        f": {job['succeeded']:,} succeeded, {job['failed']:,} failed" if job["items"] and "succeeded" in job else ""
    )
    if job.get("not_run"):
        counts += f", {job['not_run']:,} not run"
    state = (job["state"], COLOURS[job["state"]])
    console.print(Text.assemble(f"job {job['job_id']} ended ", state, counts), soft_wrap=True)
    for sentence in [*job.get("problems", []), *job["notices"]]:
        say(f"  {sentence}")
    if job.get("error"):
        say(f"  {job['error']}")
    if job.get("failed"):
        say(f"  see what failed: rollcall failures {job['job_id']}")
    if job.get("failed") or job.get("not_run"):
        say(f"  run it again, and nothing else: rollcall redrive {job['job_id']}")
