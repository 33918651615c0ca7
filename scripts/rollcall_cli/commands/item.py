"""rollcall item: what became of one item of a job."""

import json
from typing import Annotated

import typer

from rollcall_cli.command_line import Env, JobId, Json, print_json
from rollcall_client import items, job_status
from rollcall_client.environment import Environment
from rollcall_terminal import console, say, table_of

ItemId = Annotated[str, typer.Argument(metavar="ITEM", help="The id of an item.")]
LONGEST = 400


def item(job_id: JobId, item_id: ItemId, env: Env, as_json: Json = False) -> None:
    """Tell what became of one item: its chunk, its result or error, run by run."""
    environment = Environment(env)
    row = job_status.job_row(environment, job_id)
    found = items.report(row, items.runs_of(environment, row, item_id))
    if as_json:
        print_json(found)
        return
    say(f"item {item_id} of job {job_id}: {found['state']}")
    table = table_of("its runs", "run", "route", "target", "chunk", "item", "state", "result written (UTC)", left=7)
    for run in found["runs"]:
        at = run.get("written_at", "").replace("T", " ").removesuffix("+00:00")
        place = f"{run['chunk']:,}", f"{run['position']:,}"
        table.add_row(str(run["run"]), run["route"], run["target"], *place, run["state"], at)
    console.print(table)
    for run in found["runs"]:
        if error := run.get("error"):
            tries = f"tried {error['attempts']}×"
            say(f"run {run['run']}, {tries}: {error['type']}: {error['message']}")
    say(f"submitted: {shortened(found['item'])}")
    if "result" in found:
        say(f"result: {shortened(found['result'])}")


def shortened(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … ({len(text):,} characters; all of it with --json)"
