"""A worker's own standard streams, out of a calculation's reach: what that reads, prints or closes is its own."""

import os
import sys
from functools import cache
from logging import StreamHandler
from typing import cast

from rollcall.observability import logger


@cache
def lend() -> int:
    """Log to a stream of the worker's own, and give an empty one to read; the number of that of its own."""
    own = os.dup(1)
    cast(StreamHandler, logger.registered_handler).setStream(os.fdopen(os.dup(own), "w", buffering=1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return own


def mend() -> None:
    """Open again what a calculation has closed of what was lent to it."""
    for number in (1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(lend(), number)
    if sys.stdout is None or sys.stdout.closed:
        sys.stdout = os.fdopen(os.dup(1), "w", buffering=1)
    if sys.stderr is None or sys.stderr.closed:
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
