"""rollcall check: read an input and submit nothing."""

import json
from typing import Annotated

import typer

from rollcall.intake.reading import Reading
from rollcall_cli.command_line import Env, Exit, Json, print_json
from rollcall_cli.reading_options import Sources, with_reading
from rollcall_client import checking
from rollcall_client.checking import Report
from rollcall_terminal import console, say, table_of

SAMPLE_WIDTH = 300
SHOWN_TYPES = 50


@with_reading
def check(
    sources: Sources,
    env: Env,
    type: Annotated[str, typer.Option(help="The job type, whose inputs may have a reading of their own.")] = "",
    *,
    reading: Reading,
    as_json: Json = False,
) -> None:
    """Tell what an input holds, how it is read and what would be refused; submit nothing."""
    report = checking.check(env, sources, reading, type)
    if as_json:
        print_json(report.as_json())
    else:
        tell(report)
    if report.problems:
        say(f"it would be refused; {len(report.problems)} to correct:")
        for problem in report.problems:
            say(f"  {problem}")
        raise typer.Exit(Exit.REFUSED)
    say(f"it would be taken: {report.items:,} items")
    if report.no_route:
        types = ", ".join(f"{name!r}" for name in report.no_route[:SHOWN_TYPES])
        say(f"no route for {types}: such items fail, or with --strict the job is refused")


def tell(report: Report) -> None:
    table = table_of("items", "data type", "items")
    for name, count in report.data_types.most_common(SHOWN_TYPES):
        table.add_row(name, f"{count:,}")
    if report.items:
        console.print(table)
    table = table_of("fields", "field", "read as", "items", left=2)
    for name, kinds in report.fields.items():
        table.add_row(name, ", ".join(kinds), f"{kinds.total():,}")
    if report.fields:
        console.print(table)
    for sample in report.samples:
        words = json.dumps(sample, ensure_ascii=False)
        say(words if len(words) <= SAMPLE_WIDTH else f"{words[:SAMPLE_WIDTH]} …")
    for notice in report.notices:
        say(notice)
