"""Words and tables for people; they go to stderr, so that stdout is left to machines."""

import time

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from rollcall.routes import UNROUTED, Route
from rollcall_client.environment import Environment
from rollcall_client.job_status import is_at_rest, job_row, report

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
console = Console(stderr=True, highlight=False)
if not console.is_terminal:
    console.width = 120  # a log file has no width of its own; 80 columns would cut the tables


def table_of(title: str, *headings: str, left: int = 1) -> Table:
    """An empty table whose first `left` columns hold words and the others numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number < left else "right", no_wrap=True)
    return table


def watch(env: Environment, job_id: str) -> dict:
    """Show a job's progress until it has ended; its last report."""
    told = 0.0
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            asked = time.monotonic()
            row = job_row(env, job_id)
            now = report(env, row)
            if console.is_terminal:
                live.update(progress_table(now), refresh=True)
            elif time.monotonic() - told > PLAIN_SECONDS:
                console.print(progress_line(now))
                told = time.monotonic()
            if is_at_rest(row):
                break
            # The more a job has to read, the more seldom it is read.
            time.sleep(max(POLL_SECONDS, 4 * (time.monotonic() - asked)))
    console.print(progress_table(now))
    return now


def progress_line(job: dict) -> str:
    parts = ", ".join(f"{p['data_type']} {p['settled']:,}/{p['items']:,}" for p in job["data_types"])
    return f"{job['job_id']} {job['state']}" + (f": {parts}" if parts else "")


def progress_table(job: dict) -> Table:
    state = job["state"]
    run = f", run {job['run']}" if job["run"] > 1 else ""
    title = f"job {job['job_id']}  [{COLOURS.get(state, 'cyan')}]{state}[/]{run}"
    table = table_of(title, "data type", "target", "settled", "of", "failed", "", left=2)
    for part in job["data_types"]:
        done = part["settled"] / part["items"]
        failed = f"[red]{part['failed']:,}[/]" if part["failed"] else ""
        table.add_row(
            name_of(part["data_type"]), part["target"], f"{part['settled']:,}", f"{part['items']:,}", failed, bar(done)
        )
    return table


def ended_table(job: dict) -> Table:
    """What has run of a job that ended before all of it had."""
    headings = ("data type", "target", "items", "settled", "succeeded", "failed", "not run")
    table = table_of(f"what has run of job {job['job_id']}", *headings, left=2)
    for part in job["data_types"]:
        items, settled, failed = part["items"], part["settled"], part["failed"]
        numbers = (items, settled, settled - failed, failed, items - settled)
        table.add_row(name_of(part["data_type"]), part["target"], *(f"{number:,}" for number in numbers))
    return table


def name_of(data_type: str) -> str:
    return "(no route)" if data_type == UNROUTED else data_type


def bar(done: float, width: int = 24) -> str:
    full = int(done * width)
    return f"[cyan]{'━' * full}[/][bright_black]{'━' * (width - full)}[/] {done:4.0%}"


def say_how_it_ended(job: dict) -> None:
    """One sentence, and what to do next if anything failed or never ran."""
    counts = (
        f": {job['succeeded']:,} succeeded, {job['failed']:,} failed" if job["items"] and "succeeded" in job else ""
    )
    if job.get("not_run"):
        counts += f", {job['not_run']:,} not run"
    console.print(f"job {job['job_id']} ended [{COLOURS[job['state']]}]{job['state']}[/]{counts}")
    for problem in job.get("problems", []):
        console.print(f"  {problem}", markup=False)
    if job.get("error"):
        console.print(f"  {job['error']}", markup=False)
    if job.get("failed"):
        console.print(f"  see what failed: rollcall failures {job['job_id']}")
    if job.get("failed") or job.get("not_run"):
        console.print(f"  run it again, and nothing else: rollcall redrive {job['job_id']}")


def routes_table(routes: dict[str, Route]) -> Table:
    headings = ("data type", "target", "chunk size", "max concurrency", "timeout", "attempts")
    table = table_of("what is routed where", *headings, left=2)
    for data_type, route in sorted(routes.items()):
        name = "(every other)" if data_type == UNROUTED else data_type
        target = "fails its items" if data_type == UNROUTED else route.target
        numbers = (str(number) for number in (route.chunk_size, route.max_concurrency))
        table.add_row(name, target, *numbers, f"{route.timeout_seconds // 60} min", str(route.max_attempts))
    return table
