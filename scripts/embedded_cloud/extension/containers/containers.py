"""Containers without Docker: a container's command runs as a local process.

`ContainerClient` has the part of docker-py's interface that the emulator uses, so its own life
cycle of ECS tasks works unchanged. Where a Docker engine answers and has the image, that runs it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from ministack.core.responses import get_region, new_uuid

from embedded_cloud import recording
from embedded_cloud.extension.containers.docker_engine import CannotStart, Engine
from embedded_cloud.extension.thread_pool import ThreadPool
from embedded_cloud.processes import MARK
from embedded_cloud.settings import HOST, CloudSettings

settings = CloudSettings.from_environment()
# One member runs one ECS task or Batch job from start to end, so its size is how many run at once.
thread_pool = ThreadPool("container", size=settings.containers)

INTERPRETERS = ("python", "python3")
INHERITED = ("PATH", "HOME", "LANG", MARK)
POLL_SECONDS = 0.05
# As on Fargate; a container without a role has no credentials, and looks for them nowhere else.
NO_INSTANCE = {"AWS_EC2_METADATA_DISABLED": "true"}


class ProcessContainer:
    """A running or ended command; `status` is `running` or `exited`, `megabytes` its memory (0: any)."""

    def __init__(self, command: list[str] | None, environment: dict[str, str], megabytes: int = 0):
        """Raises CannotStart."""
        self.megabytes = megabytes
        self.id = new_uuid().replace("-", "")
        self._folder = settings.scratch / "containers" / self.id
        self._log = self._folder.with_suffix(".log")
        self._swept = False
        self._folder.mkdir(parents=True)
        try:
            self._process = self._start(command, environment)
        except CannotStart:
            self.remove()
            raise

    def _start(self, command: list[str] | None, environment: dict[str, str]) -> subprocess.Popen:
        if not command:
            raise CannotStart("without a container engine the image's own command is not known; set a command")
        program = sys.executable if command[0] in INTERPRETERS else command[0]
        with self._log.open("wb") as log:
            try:
                return subprocess.Popen(
                    [program, *command[1:]],
                    env={**_process_variables(), **environment},
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise CannotStart(f"exec: {command[0]!r}: {error.strerror}") from None

    @property
    def status(self) -> str:
        return "running" if self._process.poll() is None else "exited"

    @property
    def pid(self) -> int:
        return self._process.pid

    def reload(self) -> None:
        """The status is always current; only docker-py needs this."""

    def wait(self) -> dict[str, int]:
        """The exit code; 128 and the signal's number when a signal ended it, as in a container."""
        code = self._process.wait()
        if not self._swept:
            # What the command left running ends with it.
            self._swept = True
            self._signal(signal.SIGKILL)
        return {"StatusCode": code if code >= 0 else 128 - code}

    def stop(self, timeout: float = 10) -> None:
        if self.status == "running":
            self._signal(signal.SIGTERM)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        self.wait()

    def logs(self, **_options: Any) -> Iterator[bytes]:
        """Complete lines as they are written, until the command has ended."""
        with self._log.open("rb") as log:
            rest = b""
            while True:
                ended = self.status == "exited"
                *lines, rest = (rest + log.read()).split(b"\n")
                yield from lines
                if ended:
                    break
                time.sleep(POLL_SECONDS)
            if rest:
                yield rest

    def remove(self, **_options: Any) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def container_environment(environment: dict[str, str]) -> dict[str, str]:
    """The container's own variables and what leads its AWS calls to this cloud."""
    # The emulator writes addresses for a network of containers; these run on this machine's.
    own = {name: value.replace("host.docker.internal", HOST) for name, value in environment.items()}
    region = {"AWS_REGION": get_region(), "AWS_DEFAULT_REGION": get_region()}
    return {**region, **NO_INSTANCE, **own, "AWS_ENDPOINT_URL": settings.url}


def _process_variables() -> dict[str, str]:
    """The few variables of this machine that any program needs; the rest of it is nobody's business."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, **recording.variables(os.environ, str(settings.image_root))}


class Containers:
    def __init__(self, engine: Engine):
        self._engine = engine
        self._known: dict[str, ProcessContainer] = {}

    def run(self, image: str, command: list[str] | None, environment: dict[str, str], **options: Any) -> Any:
        """Raises CannotStart."""
        environment = container_environment(environment)
        if self._engine.has(image):
            return self._engine.run(image, command=command, environment=environment, **options)
        container = ProcessContainer(command, environment, int(options.get("mem_limit", "0m").removesuffix("m")))
        self._known[container.id] = container
        return container

    def get(self, container_id: str) -> Any:
        """Raises LookupError."""
        return self._known[container_id] if container_id in self._known else self._engine.get(container_id)

    def list(self, **_options: Any) -> list[ProcessContainer]:
        """Those a reset of the emulator ends."""
        return list(self._known.values())

    def forget(self, container: Any) -> None:
        self._known.pop(container.id, None)
        container.remove(force=True)


class ContainerClient:
    """Stands where the emulator expects a docker-py client."""

    def __init__(self) -> None:
        self.containers = Containers(Engine())


client = ContainerClient()
