"""rollcall receipt and rollcall verify: what was expected of a job, what settled how, and whether that is true."""

import typer
from rich.table import Table

from rollcall.receipts.verification import Verdict
from rollcall_cli.command_line import Env, Exit, JobId, Json, print_json
from rollcall_client import receipts
from rollcall_client.environment import Environment
from rollcall_terminal import console, say, table_of


def receipt(job_id: JobId, env: Env, as_json: Json = False) -> None:
    """Show what was expected of a job, and what settled how."""
    found = receipts.newest_receipt(Environment(env), job_id)
    if as_json:
        print_json(found)
    else:
        console.print(as_table(found))


def verify(job_id: JobId, env: Env, as_json: Json = False) -> None:
    """Recompute a job's receipt from its results.

    The exit code is 1 when they differ.
    """
    environment = Environment(env)
    found = receipts.newest_receipt(environment, job_id)
    verdict = receipts.verify(environment, found)
    if as_json:
        print_json(as_document(found, verdict))
    differ = f"no: the results of job {job_id} differ from its receipt:"
    say(differ if verdict.differences else f"yes: job {job_id} is {in_words(found)}")
    for line in [*verdict.differences, *(f"note: {note}" for note in verdict.notes)]:
        say(f"  {line}")
    if verdict.differences:
        raise typer.Exit(Exit.NOT_DONE)


def as_document(receipt: dict, verdict: Verdict) -> dict:
    counts = {name: receipt[name] for name in ("job_id", "run", "status", "succeeded", "failed", "not_run")}
    return {"verified": not verdict.differences, **counts, **vars(verdict)}


def in_words(receipt: dict) -> str:
    return (
        f"{receipt['status']} in run {receipt['run']}: {receipt['expected']['items']:,} items expected, "
        f"{receipt['succeeded']:,} succeeded, {receipt['failed']:,} failed, {receipt['not_run']:,} not run; "
        f"{receipt['settled']:,} of {receipt['expected']['chunks']:,} chunks settled"
    )


def as_table(receipt: dict) -> Table:
    table = table_of(f"the receipt of job {receipt['job_id']}", "", "", left=2)
    table.show_header = False
    timings = receipt["timings"]
    for name, value in (
        ("status", f"{receipt['status']} in run {receipt['run']}"),
        ("items expected", f"{receipt['expected']['items']:,}"),
        *((name.replace("_", " "), f"{receipt[name]:,}") for name in ("succeeded", "failed", "not_run")),
        ("chunks settled", f"{receipt['settled']:,} of {receipt['expected']['chunks']:,}"),
        ("chunks handed out", f"{receipt['attempts']:,}"),
        ("duplicates seen", f"{receipt['duplicates']:,}"),
        ("submitted by", receipt["submitted_by"]),
        ("finished at", timings["finished_at"]),
        ("makespan", f"{timings['makespan_s']:,.1f} s"),
        *((f"code of {data_type}", code) for data_type, code in receipt["code"].items()),
        *((f"digest of run {entry['run']}", entry["digest"]) for entry in receipt["runs"]),
    ):
        table.add_row(name, value)
    return table
