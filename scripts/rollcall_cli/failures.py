"""What failed in a job, grouped by error."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from rich.table import Table

from rollcall_cli import display

SAMPLES = 3
PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?")


@dataclass
class Failure:
    """Items of one data type that failed with the same error, but for quoted words and numbers in it."""

    data_type: str
    error: str
    message: str
    count: int = 0
    samples: list[str] = field(default_factory=list)


def group(lines: Iterable[dict]) -> list[Failure]:
    """Failures in result lines, the most frequent first; `samples` are ids of the first few items."""
    found: dict[tuple, Failure] = {}
    for line in lines:
        if line["ok"]:
            continue
        error, message = line["error"]["type"], line["error"]["message"]
        key = (line["data_type"], error, PARTICULARS.sub("…", message))
        failure = found.setdefault(key, Failure(line["data_type"], error, message))
        failure.count += 1
        if len(failure.samples) < SAMPLES:
            failure.samples.append(line["id"])
    return sorted(found.values(), key=lambda failure: -failure.count)


def as_json(failures: list[Failure]) -> list[dict]:
    return [asdict(failure) for failure in failures]


def as_table(failures: list[Failure]) -> Table:
    table = display.table_of("what failed", "data type", "error", "for example", "items", "message", left=3)
    table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
    for failure in failures:
        table.add_row(failure.data_type, failure.error, failure.samples[0], f"{failure.count:,}", failure.message)
    return table
