"""The items of a cell, as a JSON Lines file."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rollcall_bench.grid import Cell
from rollcall_client.environment import ROOT

OPTION = "option.european"
POSITIONS_AN_OPTION = 4  # a generated book has an option of this kind among fewer positions


def write(folder: Path, cell: Cell) -> Path:
    """The same cell of items has the same file, whatever the engine."""
    folder.mkdir(parents=True, exist_ok=True)
    what = "book" if cell.book else f"{cell.seconds:g}s"
    path = folder / f"{cell.data_type}-{cell.items}-{what}.jsonl"
    with path.open("w") as file:
        file.writelines(f"{json.dumps(item)}\n" for item in (options(folder, cell) if cell.book else probes(cell)))
    return path


def probes(cell: Cell) -> Iterator[dict]:
    """Items that sleep and answer when; those that do not sleep have nothing to tell. None writes to the log."""
    wish = {"quiet": True, **({"seconds": cell.seconds, "timed": True} if cell.seconds else {})}
    for number in range(cell.items):
        yield {"id": f"i{number}", "data_type": cell.data_type, **wish}


def options(folder: Path, cell: Cell) -> Iterator[dict]:
    """The European options of a generated book, under the cell's own data type."""
    book = folder / "book.jsonl"
    size = str(POSITIONS_AN_OPTION * cell.items + POSITIONS_AN_OPTION)
    generate = [sys.executable, str(ROOT / "scripts" / "generate_book.py"), "--items", size, "--out", str(book)]
    subprocess.run(generate, check=True)
    with book.open() as lines:
        found = (item for item in map(json.loads, lines) if item["data_type"] == OPTION)
        for item in islice(found, cell.items):
            yield {**item, "data_type": cell.data_type}
