"""What takes long to make is made once a run, by the first of its workers that asks for it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded_cloud.exclusive import exclusively

Make = Callable[[Path], object]


class RunOnce:
    """`once(name, make)` is a folder that make(folder) has filled; who asks meanwhile waits, and gets the same."""

    def __init__(self, shared: Path):
        self.shared = shared

    def __call__(self, name: str, make: Make) -> Path:
        folder, made = self.shared / name, self.shared / f"{name}.made"
        with exclusively(self.shared / f"{name}.lock"):
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one that failed
                folder.mkdir()
                make(folder)
                made.touch()
        return folder


@pytest.fixture(scope="session")
def once(tmp_path_factory, worker_id) -> RunOnce:
    own = tmp_path_factory.getbasetemp()
    return RunOnce(own if worker_id == "master" else own.parent)
