"""The embedded cloud with chaos in it: `python -m chaos.server SEED`, started by the driver.

GET /_rollcall/chaos tells what was done so far, and what the observer saw.
"""

import json
import sys

from chaos.fates import Fates
from embedded_cloud import extension, server
from embedded_cloud.errors import CloudError
from embedded_cloud.extension.replacing import around

PATH = "/_rollcall/chaos"


def install(fates: Fates) -> None:
    """After the extension, whose functions the injectors go around."""
    from ministack import app

    from chaos import callers, deliveries, hands, haste, killing
    from chaos.observer import Observer

    haste.install()
    hands.install()
    deliveries.install(fates)
    killing.install(fates)
    callers.install()  # around the others, who ask it
    observer = Observer()
    observer.install()

    @around(app, "_handle_ready_request")
    def answer_report(original, path: str, request_id: str) -> tuple | None:
        if path != PATH:
            return original(path, request_id)
        report = {"faults": [[*what, times] for what, times in fates.faults.copy().items()], **observer.report()}
        return 200, {"Content-Type": "application/json"}, json.dumps(report).encode()


if __name__ == "__main__":
    fates = Fates(int(sys.argv[1]))

    @around(extension, "install")
    def install_all(install_extension) -> None:
        install_extension()
        install(fates)

    try:
        server.main()
    except CloudError as error:
        sys.exit(str(error))
