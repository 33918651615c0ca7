"""rollcall results: the result of every item."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from rollcall_cli.command_line import Env, JobId
from rollcall_client import job_status
from rollcall_client import results as job_results
from rollcall_client.environment import Environment


def results(
    job_id: JobId,
    env: Env,
    failed: Annotated[bool, typer.Option("--failed", help="Only the items that failed.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of stdout.")] = None,
) -> None:
    """Print the result of every item as JSON Lines."""
    environment = Environment(env)
    lines = job_results.read(environment, job_status.job_row(environment, job_id), failed)
    with out.open("w", encoding="utf-8") if out else nullcontext(sys.stdout) as stream:
        for line in lines:
            stream.write(json.dumps(line) + "\n")
