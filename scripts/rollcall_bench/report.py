"""What a person reads: a table on the screen, a page of Markdown with charts beside it, and JSON for programs."""

import json
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from rich.table import Table

from rollcall_terminal import table_of

FRAME = Path(__file__).with_name("page.md")
MARK = "<!-- results -->\n"
ON_SCREEN = ("engine", "items", "runs", "makespan s", "overhead s", "items/s", "peak", "mean", "$ a million")
KINDS = {
    "state_transitions": "states",
    "executions": "executions",
    "events": "events",
    "invocations": "Lambda runs",
    "dynamodb_writes": "DynamoDB writes",
    "sqs_requests": "SQS requests",
    "s3_puts": "S3 puts",
    "s3_gets": "S3 gets",
}
SERVICES = {
    "step_functions": "Step Functions",
    "eventbridge": "EventBridge",
    "sqs": "SQS",
    "dynamodb": "DynamoDB",
    "lambda": "Lambda",
}
REST = {"workers": "workers", "merging": "merging results", "storage": "S3"}


def write(folder: Path, found: dict) -> list[Path]:
    """results.json, benchmark.md and the charts; the files written."""
    from rollcall_bench import charts  # takes half a second, which no other command should pay for

    page, data = folder / "benchmark.md", folder / "results.json"
    data.write_text(json.dumps(found, indent=2) + "\n")
    drawn = charts.draw(folder, found["results"])
    pictures = {charts.file_name(name, "svg"): charts.TITLES[name] for name in drawn}
    page.write_text(as_markdown(found, pictures))
    return [data, page, *(folder / charts.file_name(name, kind) for name in drawn for kind in charts.KINDS)]


def as_markdown(found: dict, pictures: dict[str, str]) -> str:
    """The page: what it is about, how it was made, the charts (title by file), and the results group by group."""
    made = f"Made {found['made']} on a machine with {found['cores']} cores by `{found['command']}`.\n\n"
    shown = "".join(f"![{title}]({file})\n\n" for file, title in pictures.items())
    groups = "".join(of_group(name, list(rows)) for name, rows in groupby(found["results"], group_name))
    return FRAME.read_text().replace(MARK, made + shown + groups.rstrip("\n") + "\n")


def group_name(row: dict) -> str:
    """What rows have in common that may be compared."""
    what = "a European option each" if row["work"] != "sleep" else f"{row['seconds']:g} s"
    chunk = f", {row['chunk']:,} a chunk" if row["chunk"] > 1 else ""
    beside = f", in {row['jobs']:,} jobs submitted at once" if row["jobs"] > 1 else ""
    return f"Items of {what}, {row['concurrency']} at once{chunk}{beside}"


def pace(rows: list[dict]) -> str:
    """Of many jobs beside each other: how many end in a second, and what the control plane is called for each."""
    return "".join(
        f"{row['engine']}: {row['jobs_per_second']:g} jobs a second, {row['control_invocations']:g} Lambda runs a job "
        "besides the workers'.\n\n"
        for row in rows
        if row["jobs"] > 1
    )


def of_group(name: str, rows: list[dict]) -> str:
    ideals = {row["items"]: row["ideal_s"] for row in rows}
    ideal = [["*ideal*", *(f"{ideals[items]:g}" for items in sorted(ideals))]]
    return (
        f"### {name}\n\n{pace(rows)}"
        f"Makespan in seconds, by the number of items:\n\n{matrix(rows, seconds_and_peak, ideal)}\n"
        f"Orchestration cost of a million items in US dollars:\n\n{matrix(rows, dollars, [])}\n"
        f"<details><summary>What was called in the median run, and what that comes to for a million items</summary>\n\n"
        f"{details(rows)}\n</details>\n\n"
    )


def seconds_and_peak(row: dict) -> str:
    """With the most items at work at once, where that is known."""
    peak = row["peak_concurrency"]
    return f"{row['makespan_s']:.2f}" + (f" ({peak})" if peak else "")


def dollars(row: dict) -> str:
    return f"{row['usd_per_million']:,.2f}" if row["usd_per_million"] >= 0.1 else f"{row['usd_per_million']:.4f}"


def matrix(rows: list[dict], cell: Callable[[dict], str], more: list[list[str]]) -> str:
    """A line for each engine, a column for each size."""
    sizes = sorted({row["items"] for row in rows})
    told = {(row["engine"], row["items"]): cell(row) for row in rows}
    lines = [[engine, *(told.get((engine, size), "–") for size in sizes)] for engine in engines_of(rows)]
    return markdown_table(["engine", *(f"{size:,}" for size in sizes)], [*lines, *more])


def details(rows: list[dict]) -> str:
    headings = ["engine", "items", "runs", *KINDS.values(), *(f"{name} $" for name in (SERVICES | REST).values())]
    return markdown_table(
        headings,
        [
            [
                row["engine"],
                *(f"{number:,}" for number in (row["items"], row["runs"], *(row["calls"][kind] for kind in KINDS))),
                *(f"{row['usd_per_million_by_service'][service]:,.2f}" for service in SERVICES),
                *(f"{row['usd_per_million_rest'][name]:,.2f}" for name in REST),
            ]
            for row in rows
        ],
    )


def engines_of(rows: list[dict]) -> list[str]:
    return list(dict.fromkeys(row["engine"] for row in rows))


def markdown_table(headings: list[str], rows: Iterable[list[str]]) -> str:
    lines = [headings, ["---", *["--:"] * (len(headings) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_table(name: str, rows: list[dict]) -> Table:
    """One group for the screen."""
    table = table_of("\n".join([name, *pace(rows).splitlines()]).rstrip(), *ON_SCREEN)
    for row in rows:
        seen = ("" if row[each] is None else f"{row[each]:g}" for each in ("peak_concurrency", "mean_concurrency"))
        table.add_row(
            row["engine"],
            f"{row['items']:,}",
            str(row["runs"]),
            f"{row['makespan_s']:.2f}",
            f"{row['overhead_s']:.2f}",
            f"{row['items_per_second']:,.0f}",
            *seen,
            dollars(row),
        )
    return table


def as_tables(results: list[dict]) -> list[Table]:
    return [as_table(name, list(rows)) for name, rows in groupby(results, group_name)]
