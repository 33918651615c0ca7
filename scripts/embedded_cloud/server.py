"""The process of the embedded cloud: the emulator, extended.

Started by `lifecycle`, which sets its whole environment.
"""

import importlib.metadata
import os
import subprocess
import sys

from embedded_cloud import recording
from embedded_cloud.errors import CloudError
from embedded_cloud.processes import MARK

EMULATOR_VERSION = "1.5.33"


def require_emulator_version() -> None:
    """Raises CloudError: the extension uses the emulator's private names, which any release may change."""
    try:
        installed = importlib.metadata.version("ministack")
    except importlib.metadata.PackageNotFoundError:
        installed = "none"
    if installed != EMULATOR_VERSION:
        raise CloudError(
            f"The embedded cloud needs ministack {EMULATOR_VERSION}, but {installed} is installed; "
            f"run: {sys.executable} -m pip install ministack=={EMULATOR_VERSION}"
        )


def start_guard() -> subprocess.Popen:
    """The guard is outside the cloud it ends, so it must not carry its mark."""
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    command = [sys.executable, "-m", "embedded_cloud.guard", os.environ[MARK]]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True)


def main() -> None:
    require_emulator_version()
    guard = start_guard()
    # Lambdas inherit the environment; they must not find the project's scripts on their path.
    os.environ.pop("PYTHONPATH", None)
    os.environ.update(recording.variables(os.environ))

    from ministack import app

    # The emulator's own, read by now; Powertools in a Lambda would take the level for its own.
    for own in ("LOG_LEVEL", "AUTH"):
        os.environ.pop(own, None)

    from embedded_cloud import extension

    extension.install()
    sys.argv = ["ministack"]
    app.main()
    if guard.stdin:
        guard.stdin.close()


if __name__ == "__main__":
    try:
        main()
    except CloudError as error:
        sys.exit(str(error))
