"""The demo: the nightly valuation of a derivatives book, on the embedded cloud, with a report.

Run by `make demo`, which has started the cloud and applied Terraform to it.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table

from embedded_cloud.errors import CloudError
from generate_book import write_book
from rollcall.errors import RollcallError
from rollcall_cli import display
from rollcall_client import executions
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.submission import Terms, made_id, submit
from rollcall_terminal import console, say, table_of

FOLDER = Path("build/demo")
END_SECONDS = 10  # how long an execution goes on at most when its job has ended
TARGETS = ("lambda", "fargate", "batch")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=1500)
    items = parser.parse_args().items
    FOLDER.mkdir(parents=True, exist_ok=True)
    book = FOLDER / "book.csv"
    write_book(book, items)
    say(f"wrote a book of {items:,} items: {book}")
    try:
        env = Environment("local")
        job_id = submit(env, str(book), made_id().replace("job", "demo"), Terms("valuation", strict=True)).job_id
        say(f"submitted it as job {job_id}")
        job = display.watch(env, job_id, give_up=True)
        report = write_report(env, job, FOLDER / "report.json")
    except (CommandError, RollcallError, CloudError, BotoCoreError, ClientError) as error:
        sys.exit(str(error))
    display.say_how_it_ended(job)
    if "summary" in job:
        console.print(summary_table(job["summary"]))
    say_what_next(report)
    sys.exit(0 if report["status"] == "SUCCEEDED" and report["releases"] == 1 else 1)


def write_report(env: Environment, job: dict, path: Path) -> dict:
    """What happened, counted from the job's records and the execution's own history."""
    run = ended_execution(env, job["job_id"])
    events = executions.history(env, job["job_id"])
    targets = dict.fromkeys(TARGETS, 0)
    for part in job["data_types"]:
        targets[part["target"]] += part["settled"]
    report = {
        "job_id": job["job_id"],
        "status": job["state"],
        "items": job["items"],
        "succeeded": job.get("succeeded", 0),
        "failed": job.get("failed", 0),
        "per_target": targets,
        "releases": executions.releases(events),
        "makespan_s": round((run["stopDate"] - run["startDate"]).total_seconds(), 3) if run else None,
        "history_events": len(events),
        "total_value": job.get("summary", {}).get("total_value"),
    }
    path.write_text(json.dumps(report, indent=2) + "\n")
    return report


def ended_execution(env: Environment, job_id: str, sleep: Callable[[float], None] = time.sleep) -> dict | None:
    """The job's execution once it has ended, which may be a little after its job; None if it does not."""
    for _ in range(int(END_SECONDS / display.POLL_SECONDS)):
        run = executions.execution(env, job_id)
        if run and "stopDate" in run:
            return run
        sleep(display.POLL_SECONDS)
    return None


def summary_table(summary: dict) -> Table:
    columns = ("value", "delta", "gamma", "vega", "theta", "rho")
    table = table_of("the book", "data type", *columns)
    for data_type, totals in summary["by_data_type"].items():
        if "value" in totals:
            table.add_row(data_type, *(f"{totals[c]:,.0f}" if c in totals else "" for c in columns))
    table.add_section()
    table.add_row("total", f"{summary['total_value']:,.0f}")
    table.add_row("value at risk, 95 %", f"{summary['value_at_risk_95']:,.0f}")
    return table


def say_what_next(report: dict) -> None:
    counts = ", ".join(f"{count:,} on {target}" for target, count in report["per_target"].items())
    times = "once" if report["releases"] == 1 else f"{report['releases']} times"
    took = "an execution that goes on" if report["makespan_s"] is None else f"{report['makespan_s']:.1f} s"
    say(
        f"{report['items']:,} items in {took} ({counts}); the next step was released "
        f"{times}; the execution's history has {report['history_events']} events.\n"
        f"report:       build/demo/report.json\n"
        f"look around:  .venv/bin/rollcall results {report['job_id']}    .venv/bin/rollcall routes\n"
        f"the cloud stays up; stop it with: make down"
    )


if __name__ == "__main__":
    main()
