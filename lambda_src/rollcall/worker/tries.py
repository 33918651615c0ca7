"""One try of one item, in this process: whatever its calculation does or raises is the answer for this item alone."""

import marshal
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rollcall import calculations
from rollcall.errors import ItemTimedOut, RetryLater, Terminated
from rollcall.records import results
from rollcall.throttling import asks_to_wait
from rollcall.worker import streams

TRANSIENT = (RetryLater, TimeoutError, ConnectionError)
# A calculation that lets no exception through is told again each second.
TOLD_AGAIN_SECONDS = 1.0


class Try(NamedTuple):
    """How a try ended: with a result line; `again` when another may succeed, `died` when it took its process down."""

    ok: bool
    line: str
    again: bool = False
    died: bool = False


def try_here(item: dict, data_type: str, job: calculations.Job, attempt: int, timeout_seconds: float) -> Try:
    """Calculate an item, with a copy of its own, for at most so long (0: as long as it takes).

    Raises Terminated when the worker has to end.
    """
    process = os.getpid()
    try:
        with time_limit(timeout_seconds):
            result = calculations.find(data_type)(copy_of(item), job)
        return Try(True, results.success_line(item, result))
    except Terminated:
        raise
    except BaseException as error:
        again = is_transient(error)
        retryable = again or isinstance(error, ItemTimedOut)
        return Try(False, results.failure_line(item, error, retryable, attempt), again)
    finally:
        if os.getpid() != process:  # a process that the calculation has forked must not answer too
            os._exit(0)
        streams.mend()


def copy_of(item: dict) -> dict:
    """A deep copy of what JSON can say; no other way takes as little time."""
    return marshal.loads(marshal.dumps(item))


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise ItemTimedOut in the block, which runs in the main thread, when it takes longer."""
    if not seconds:
        yield
        return

    def over(_number: int, _frame: object) -> None:
        raise ItemTimedOut(seconds)

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds, TOLD_AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def is_transient(error: BaseException) -> bool:
    """Whether the same item may succeed a moment later: RetryLater, a lost connection, a time-out, throttling."""
    return isinstance(error, TRANSIENT) or asks_to_wait(error)
