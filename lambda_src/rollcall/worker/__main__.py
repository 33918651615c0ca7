"""A container's main program. What a calculation has left running does not keep its container from ending."""

import os
import sys
from contextlib import suppress

from rollcall.observability import logger
from rollcall.worker import streams
from rollcall.worker.entry import main


def exit_code() -> int:
    """0 when the worker has done its work, and otherwise as Python would end; the log tells why."""
    try:
        main(sys.argv[1:])
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1
    except BaseException:
        logger.exception("the worker failed")
        return 1
    return 0


streams.lend()
code = exit_code()
with suppress(Exception):
    sys.stdout.flush()
os._exit(code)
