"""The embedded cloud of the benchmark: `python -m rollcall_bench.server`, started by it.

It counts apart what workers take of Lambda, and what merging results takes. It keeps idle workers, so that no
measurement pays for a cold start, and saves its state no more once it is up: that would take the interpreter from what
is measured.
"""

import math
import sys
import time
from collections.abc import Callable
from typing import Any

from embedded_cloud import extension, server
from embedded_cloud.errors import CloudError
from embedded_cloud.extension.replacing import around
from rollcall_bench.counting import APART

LONGER_THAN_ANY = 7 * 24 * 3600.0  # seconds; a system takes no sleep of any length


def install() -> None:
    """After the extension, whose functions this goes around."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    from embedded_cloud.extension import snapshots
    from embedded_cloud.extension.metering.calls import count

    snapshots.INTERVAL_SECONDS = LONGER_THAN_ANY
    lambda_runtime._LOCAL_WORKER_TTL = math.inf

    @around(lambda_svc, "_execute_function_dispatch")
    def count_apart(execute: Callable, function: dict, config: dict, *rest: Any) -> dict:
        started = time.monotonic()
        try:
            return execute(function, config, *rest)
        finally:
            milliseconds = math.ceil((time.monotonic() - started) * 1000)
            for what in (what for what, part in APART.items() if part in config["FunctionName"]):
                count(f"{what}:Invocation")
                count(f"{what}:MegabyteMilliseconds", milliseconds * config["MemorySize"])


if __name__ == "__main__":

    @around(extension, "install")
    def install_all(install_extension: Callable) -> None:
        install_extension()
        install()

    try:
        server.main()
    except CloudError as error:
        sys.exit(str(error))
