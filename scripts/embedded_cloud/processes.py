"""Finding and ending the processes of one embedded cloud, and no others.

Every process of a cloud, however deep, inherits one environment variable with a value no other
cloud has. That finds them also when their parents are gone and their pids say nothing.
"""

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

MARK = "ROLLCALL_CLOUD_MARK"
# The creation time is derived from the boot time, which clock corrections move by a little.
CREATION_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True)
class ProcessRecord:
    """Names one process for good: a pid alone may be used again by another one."""

    pid: int
    created: float
    mark: str
    port: int

    @classmethod
    def read(cls, file: Path) -> "ProcessRecord | None":
        """None when there is no such file or it is no record."""
        try:
            return cls(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, file: Path) -> None:
        unfinished = file.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(self)))
        unfinished.replace(file)

    def process(self) -> psutil.Process | None:
        """The process, or None when it has ended or its pid is another's now."""
        try:
            process = psutil.Process(self.pid)
            ours = abs(process.create_time() - self.created) < CREATION_TOLERANCE_SECONDS
            return process if ours and _is_alive(process) else None
        except psutil.NoSuchProcess:
            return None


def marked(mark: str) -> list[psutil.Process]:
    """Every process of the cloud with this mark, but the one asking."""
    return [process for process in psutil.process_iter() if _mark_of(process) == mark and process.pid != os.getpid()]


def end_marked(mark: str) -> None:
    """Ends every process of the cloud, also those started while this runs."""
    while processes := marked(mark):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until_ended(processes, seconds=1)


def wait_until_ended(processes: list[psutil.Process], seconds: float) -> bool:
    """A process that nobody has collected yet counts as ended; psutil's own waiting does not see that."""
    deadline = time.monotonic() + seconds
    while any(map(_is_alive, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except psutil.Error:
        return None
