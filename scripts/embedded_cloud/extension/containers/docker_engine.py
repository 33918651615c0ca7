"""A Docker engine, where there is one."""

import sys
from functools import cached_property
from typing import Any

from embedded_cloud.settings import HOST

ENGINE_SECONDS = 10


class CannotStart(Exception):
    """Raised when a container's command cannot be run, in the words of ECS."""

    code = "CannotStartContainerError"

    def __init__(self, reason: str):
        super().__init__(f"{self.code}: {reason}")


class CannotInitialize(CannotStart):
    """Raised when what a container needs before its command is refused, in the words of ECS."""

    code = "ResourceInitializationError"


class Engine:
    @cached_property
    def _client(self) -> Any:
        """None when no engine answers."""
        try:
            import docker

            client = docker.from_env(timeout=ENGINE_SECONDS)
            client.ping()
            return client
        except Exception:
            # docker-py has no one base class for "there is no engine".
            return None

    def has(self, image: str) -> bool:
        if not self._client:
            return False
        from docker.errors import DockerException

        try:
            self._client.images.get(image)
            return True
        except DockerException:
            return False

    def run(self, image: str, **options: Any) -> Any:
        """The cloud listens on the loopback interface only, so a container must reach this machine's.

        Raises CannotStart.
        """
        from docker.errors import DockerException

        if sys.platform == "linux":
            for bridged in ("network", "extra_hosts", "ports"):
                options.pop(bridged, None)
            options["network_mode"] = "host"
        else:
            own = options["environment"].items()
            options["environment"] = {name: value.replace(HOST, "host.docker.internal") for name, value in own}
        try:
            return self._client.containers.run(image, **{**options, "detach": True})
        except DockerException as error:
            raise CannotStart(str(error)) from None

    def get(self, container_id: str) -> Any:
        """Raises LookupError."""
        if not self._client:
            raise LookupError(container_id)
        return self._client.containers.get(container_id)
