"""The embedded cloud with chaos in it: `python -m chaos.server SEED`, started by the driver.

GET /_rollcall/chaos tells what was done so far, and what the observer saw.
"""

import json
import sys
from collections.abc import Callable

from chaos.fault_plan import FaultPlan
from embedded_cloud import extension, server
from embedded_cloud.errors import CloudError
from embedded_cloud.extension.replacing import around

PATH = "/_rollcall/chaos"


def install(fault_plan: FaultPlan) -> None:
    """After the extension, whose functions the injectors go around."""
    from ministack import app

    from chaos import callers, deliveries, in_flight, killing, throttling, time_acceleration
    from chaos.observer import Observer

    time_acceleration.install()
    in_flight.install()
    deliveries.install(fault_plan)
    killing.install(fault_plan)
    throttling.install(fault_plan)
    callers.install()  # around the others, who ask it
    observer = Observer()
    observer.install()

    @around(app, "_handle_ready_request")
    def answer_report(original: Callable, path: str, request_id: str) -> tuple | None:
        if path != PATH:
            return original(path, request_id)
        report = {"faults": [[*what, times] for what, times in fault_plan.faults.copy().items()], **observer.report()}
        return 200, {"Content-Type": "application/json"}, json.dumps(report).encode()


if __name__ == "__main__":
    fault_plan = FaultPlan(int(sys.argv[1]))

    @around(extension, "install")
    def install_all(install_extension: Callable) -> None:
        install_extension()
        install(fault_plan)

    try:
        server.main()
    except CloudError as error:
        sys.exit(str(error))
