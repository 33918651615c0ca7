"""Items run in a process of their own: what takes that down takes only the item at work with it.

Slower to start than to run them where the worker runs, so it is for the items of a chunk whose worker died.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import connection
from pathlib import Path

from rollcall import calculations
from rollcall.calculations import Job
from rollcall.errors import DeadlineExceeded, ItemTimedOut, WorkerLost
from rollcall.records import results
from rollcall.worker import streams
from rollcall.worker.tries import Try, try_here

# As the worker was given it: a calculation may have changed what is there now.
ENVIRONMENT = dict(os.environ)
READY = "ready"
CURE = "raise timeout_minutes"
GRACE_SECONDS = 1.0  # in which an item that takes too long may end by itself, by the same limit as anywhere
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
FIRST_TO_GO = "1000"  # when memory is used up


class IsolatedProcess:
    """Runs the items of one data type of a job, in one process after another.

    `seconds_left` tells how long the worker may still run items; `timeout_seconds` (0: none) how long one may take.
    """

    def __init__(self, data_type: str, job: Job, timeout_seconds: float, seconds_left: Callable[[], float]):
        self.data_type, self.job = data_type, job
        self.timeout_seconds, self.seconds_left = timeout_seconds, seconds_left
        self.process: subprocess.Popen[bytes] | None = None
        self.cannot_start: WorkerLost | None = None

    def __enter__(self) -> "IsolatedProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def make_ready(self) -> None:
        """Start a process, unless there is one."""
        if not self.process and not self.cannot_start:
            self.start()

    def run(self, item: dict, attempt: int) -> Try:
        """Try an item. One that takes its process down has died; one that takes too long is stopped by force.

        Raises DeadlineExceeded for one that was not done when the worker's time was over.
        """
        self.make_ready()
        if self.cannot_start:
            return Try(False, results.failure_line(item, self.cannot_start, True, attempt))
        self.send((item, attempt))
        left = self.seconds_left()
        limited = 0 < self.timeout_seconds < left
        if isinstance(answer := self.receive(self.timeout_seconds + GRACE_SECONDS if limited else left), Try):
            return answer
        if self.has_ended():
            return Try(False, self.stop(), again=True, died=True)
        self.stop()
        if not limited:
            raise DeadlineExceeded(f"its worker's time was over before it was; {CURE}")
        return Try(False, results.failure_line(item, ItemTimedOut(self.timeout_seconds), True, attempt))

    def start(self) -> None:
        ours, theirs = connection.Pipe()
        path = os.pathsep.join(sys.path)
        command = [sys.executable, "-P", "-m", __name__, str(theirs.fileno())]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            env={**ENVIRONMENT, "PYTHONPATH": path},
            cwd="/",
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self.pipe, self.end = ours, os.pidfd_open(self.process.pid)
        self.send((self.data_type, self.job, self.timeout_seconds))
        if self.receive(self.seconds_left()) != READY:
            self.not_ready()

    def not_ready(self) -> None:
        if not self.has_ended():
            self.stop()
            raise DeadlineExceeded(f"its worker's time was over before the process to run it in had started; {CURE}")
        how = self.stop()
        self.cannot_start = WorkerLost(f"the process to run it in could not start: {how} before it had its calculation")

    def send(self, what: tuple) -> None:
        with suppress(OSError):  # it has ended: then nothing is received either
            self.pipe.send(what)

    def receive(self, seconds: float) -> object:
        """What the process has sent by then; None when it has not, or has ended."""
        connection.wait([self.pipe, self.end], max(0.0, seconds))
        try:
            return self.pipe.recv() if self.pipe.poll() else None
        except (EOFError, OSError):
            connection.wait([self.end], GRACE_SECONDS)
            return None

    def has_ended(self) -> bool:
        return bool(connection.wait([self.end], 0))

    def stop(self) -> str:
        """End the process and all it has started; how it ended, in words."""
        if not self.process:
            return ""
        process, self.process = self.process, None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        self.pipe.close()
        os.close(self.end)
        return f"it was killed by {signal.Signals(-code).name}" if code < 0 else f"it ended with exit code {code}"


def main(descriptor: int) -> None:
    """The process: is told what to run, then answers items until its worker has no more."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    with suppress(OSError), Path("/proc/self/oom_score_adj").open("w") as score:
        score.write(FIRST_TO_GO)
    os.set_inheritable(descriptor, False)
    streams.lend()
    with connection.Connection(descriptor) as pipe, suppress(EOFError):
        data_type, job, timeout_seconds = pipe.recv()
        calculations.load_all()
        pipe.send(READY)
        while True:
            item, attempt = pipe.recv()
            pipe.send(try_here(item, data_type, job, attempt, timeout_seconds))


if __name__ == "__main__":
    main(int(sys.argv[1]))
