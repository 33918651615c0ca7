"""Finished measurements, a JSON line each, so that an interrupted benchmark goes on where it was."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from embedded_cloud.settings import PROJECT
from rollcall_bench.grid import Cell

# What is deployed, and the cloud it is deployed to.
SYSTEM = ("build/lambda/*.zip", "build/layer/*.zip", "asl/**/*.json", "modules/**/*.tf", "terraform/*.tf")
CLOUD = ("scripts/embedded_cloud/**/*.py",)


def version() -> str:
    """The same as long as the system and its cloud are: a measurement of another version is not reused."""
    digest = hashlib.sha256()
    for pattern in (*SYSTEM, *CLOUD):
        for file in sorted(PROJECT.glob(pattern)):
            digest.update(f"{file.relative_to(PROJECT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


class Records:
    """The measurements of one version in a file; those of others stay in it."""

    def __init__(self, file: Path, of_version: str):
        self.file, self.version = file, of_version
        text = file.read_text() if file.exists() else ""
        whole = text[: text.rfind("\n") + 1]  # a kill may leave half a line
        if whole != text:
            file.write_text(whole)
        self.all = [json.loads(line) for line in whole.splitlines()]

    def of(self, cell: Cell) -> dict[int, dict]:
        """By number of the run."""
        wanted = asdict(cell)
        found = (each for each in self.all if each["version"] == self.version and each["cell"] == wanted)
        return {each["run"]: each for each in found}

    def add(self, cell: Cell, run: int, measured: dict) -> None:
        record = {"version": self.version, "cell": asdict(cell), "run": run, **measured}
        self.all.append(record)
        with self.file.open("a") as file:
            file.write(json.dumps(record) + "\n")

    def forget(self, cells: list[Cell]) -> None:
        """Start some cells over."""
        known = [asdict(cell) for cell in cells]
        self.all = [each for each in self.all if each["cell"] not in known]
        self.file.write_text("".join(json.dumps(each) + "\n" for each in self.all))
