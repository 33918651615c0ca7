"""The command that measures engines beside each other."""

import os
import shlex
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from rollcall.engines import Engine
from rollcall_bench import grid, report
from rollcall_bench.benchmark import FOLDER, Benchmark
from rollcall_bench.grid import Planned
from rollcall_bench.records import Records, version
from rollcall_bench.summary import results
from rollcall_cli.command_line import Env, Exit, Json, print_json
from rollcall_client.environment import ROOT
from rollcall_client.errors import CommandError
from rollcall_terminal import console, say

ALL = "all"


def bench(
    env: Env,
    items: Annotated[str | None, typer.Option(metavar="N,N,…", help="How many items. [1,10,…,1000]")] = None,
    seconds: Annotated[str | None, typer.Option(metavar="S,S,…", help="How long each item sleeps. [0]")] = None,
    engine: Annotated[str, typer.Option(metavar="E,E,…|all", help="Which engines.")] = ALL,
    concurrency: Annotated[str | None, typer.Option(metavar="C,C,…", help="Items that may run at once. [40]")] = None,
    chunk: Annotated[int | None, typer.Option(help="Items a chunk. [1]", min=1)] = None,
    jobs: Annotated[int | None, typer.Option(help="How many such jobs are submitted at once. [1]", min=1)] = None,
    runs: Annotated[int | None, typer.Option(help="How often each is measured; the median counts. [3]", min=1)] = None,
    book: Annotated[bool, typer.Option("--book", help="Value European options in place of sleeping.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Everything, not what fits into 20 minutes.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what is known already.")] = False,
    as_json: Json = False,
) -> None:
    """Measure engines beside each other, on an embedded cloud of their own.

    Goes on where it was interrupted. Without any numbers: a grid that takes 20 minutes, or with --full all of it.
    """
    if env != "local":
        raise CommandError(f"only the embedded cloud counts its calls, so environment {env!r} cannot be measured")
    engines = engines_in(engine)
    if not book and (items, seconds, concurrency, chunk, jobs, runs) == (None,) * 6:
        planned = [each for each in (grid.full() if full else grid.standard()) if each.cell.engine in engines]
    else:
        cells = grid.cells(
            engines,
            numbers(items, "--items", int) if items else grid.SIZES,
            numbers(seconds or "0", "--seconds", float),
            numbers(concurrency or "40", "--concurrency", int),
            chunk or 1,
            book,
            jobs or 1,
        )
        planned = [Planned(cell, runs or grid.RUNS) for cell in cells]
    if not planned:
        raise CommandError("none of these engines can do jobs of that size; leave out --engine, or ask for fewer items")
    FOLDER.mkdir(parents=True, exist_ok=True)
    records = Records(FOLDER / "runs.jsonl", version())
    if fresh:
        records.forget([each.cell for each in planned])
    benchmark = Benchmark(planned, records, say)
    benchmark.run()
    found: dict[str, Any] = {
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": shlex.join(["rollcall", *sys.argv[1:]]),
        "cores": os.cpu_count(),
        "version": records.version,
        "results": results(planned, records),
    }
    for table in report.as_tables(found["results"]):
        console.print(table)
    for file in report.write(FOLDER, found):
        say(f"  {file.relative_to(ROOT)}")
    if as_json:
        print_json(found)
    if benchmark.failures:
        say(f"{len(benchmark.failures)} of the measurements failed, see above; the same command tries them again")
        raise typer.Exit(Exit.NOT_DONE)


def engines_in(words: str) -> list[Engine]:
    """Engines by name, or all."""
    if words == ALL:
        return list(Engine)
    known = {str(engine): engine for engine in Engine}
    unknown = [word for word in words.split(",") if word not in known]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(known)} and {ALL}", param_hint="--engine")
    return [known[word] for word in words.split(",")]


def numbers(words: str, option: str, kind: type) -> list:
    """Numbers from 0 on in the order given, 1 and above where they count something."""
    try:
        found = [kind(word.replace("_", "")) for word in words.split(",")]
    except ValueError:
        found = [-1]
    if any(number < (1 if kind is int else 0) for number in found):
        what = "whole numbers from 1 on" if kind is int else "seconds"
        raise typer.BadParameter(f"{words!r} is not: {what}, with commas between", param_hint=option)
    return found
