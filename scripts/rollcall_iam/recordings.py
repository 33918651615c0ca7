"""The recording of one whole run of the tests, in build/iam."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from embedded_cloud.settings import PROJECT

FOLDER = PROJECT / "build" / "iam"
CALLS, STATE, WHOLE = FOLDER / "calls", FOLDER / "terraform.tfstate", FOLDER / "whole"
SOURCES = ("asl", "lambda_src", "modules", "scripts/embedded_cloud", "terraform", "tests/end_to_end")
KINDS = (".py", ".tf", ".tfvars", ".json", ".yaml")


def begin() -> None:
    """Forgets the last run's."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    CALLS.mkdir(parents=True)


def end() -> None:
    """A run has come to its end; before that its recording proves nothing."""
    WHOLE.touch()


def usable(root: Path = PROJECT) -> bool:
    """Whether there is a recording of a whole run that is newer than what it tells of."""
    return WHOLE.exists() and WHOLE.stat().st_mtime > max(file.stat().st_mtime for file in _sources(root))


def _sources(root: Path) -> Iterator[Path]:
    for each in SOURCES:
        yield from (file for file in (root / each).rglob("*") if file.suffix in KINDS)
