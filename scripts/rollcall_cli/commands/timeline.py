"""rollcall timeline: what happened to a job, when, and by whom."""

from typing import Any

from rich.table import Table

from rollcall.records.rows import JobRow
from rollcall_cli.command_line import Env, JobId, Json, print_json
from rollcall_client import job_status, receipts
from rollcall_client.environment import Environment
from rollcall_terminal import console, table_of

TOLD_APART = ("at", "what", "by")


def timeline(job_id: JobId, env: Env, as_json: Json = False) -> None:
    """Tell what happened to a job, when, and by whom."""
    environment = Environment(env)
    row = job_status.job_row(environment, job_id)
    events = entries(row, receipts.receipts_of(environment, row))
    if as_json:
        print_json(events)
    else:
        console.print(as_table(job_id, events))


def entries(row: JobRow, receipts: list[dict]) -> list[dict]:
    """The events of a job in their order, {"at", "what", …}; its receipts add the first settlement of each run."""
    first = [
        {"at": receipt["timings"]["first_settlement"], "what": "first settlement", "run": receipt["run"]}
        for receipt in receipts
    ]
    events = [*row.get("timeline", []), *(moment for moment in first if moment["at"])]
    return sorted(events, key=lambda moment: moment["at"])


def as_table(job_id: str, events: list[dict]) -> Table:
    table = table_of(f"the timeline of job {job_id}", "time (UTC)", "what", "by", "detail", left=4)
    table.columns[-1].no_wrap = False
    for moment in events:
        at = moment["at"].replace("T", " ").removesuffix("+00:00")
        table.add_row(at, moment["what"], moment.get("by", ""), detail(moment))
    return table


def detail(moment: dict) -> str:
    """What else is known of a moment: run 2, chunks 40; chunks by data type as ranges."""
    more = {name: value for name, value in moment.items() if name not in TOLD_APART}
    return ", ".join(f"{name} {in_words(value)}" for name, value in more.items())


def in_words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {in_words(each)}" for name, each in value.items())
    if isinstance(value, list):
        return " ".join(f"{first}-{last}" if last > first else str(first) for first, last in value)
    return str(value)
