"""What can be set about the embedded cloud, and where its files lie."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embedded_cloud.errors import CloudError

PROJECT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"


@dataclass(frozen=True)
class CloudSettings:
    """lambdas and containers are how many may run at once; later ones wait. in_flight is a standard queue's quota of
    messages received and not deleted, prefix_writes how many objects of one prefix S3 writes in a second.
    """

    folder: Path = PROJECT / "build" / "cloud"
    image_root: Path = PROJECT / "build" / "image"
    port: int = 4566
    lambdas: int = 16
    containers: int = 2 * (os.cpu_count() or 1)
    in_flight: int = 120_000
    prefix_writes: int = 3_500

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "CloudSettings":
        """Raises CloudError for a number that is none, or is below 1.

        Unless a port is given, it is the one the saved state was made at.
        """
        given: dict[str, Any] = {
            field: _parse(variable, environment[variable], kind)
            for variable, (field, kind) in _VARIABLES.items()
            if environment.get(variable)
        }
        settings = replace(cls(), **given)
        return settings if "port" in given else replace(settings, port=settings.port_of_state or settings.port)

    def to_environment(self) -> dict[str, str]:
        return {variable: str(getattr(self, field)) for variable, (field, _) in _VARIABLES.items()}

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def pid_file(self) -> Path:
        return self.folder / "pid.json"

    @property
    def log_file(self) -> Path:
        return self.folder / "cloud.log"

    @property
    def lock_file(self) -> Path:
        return self.folder / "up.lock"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def port_file(self) -> Path:
        return self.state / "port"

    @property
    def port_of_state(self) -> int | None:
        """The port the saved state was made at, which its queue addresses hold; None without a state."""
        return int(self.port_file.read_text()) if self.port_file.exists() else None

    @property
    def objects(self) -> Path:
        return self.folder / "s3"

    @property
    def scratch(self) -> Path:
        return self.folder / "tmp"


_VARIABLES = {
    "ROLLCALL_CLOUD_DIR": ("folder", Path),
    "ROLLCALL_IMAGE_ROOT": ("image_root", Path),
    "ROLLCALL_CLOUD_PORT": ("port", int),
    "ROLLCALL_CLOUD_LAMBDAS": ("lambdas", int),
    "ROLLCALL_CLOUD_CONTAINERS": ("containers", int),
    "ROLLCALL_CLOUD_IN_FLIGHT": ("in_flight", int),
    "ROLLCALL_CLOUD_PREFIX_WRITES": ("prefix_writes", int),
}


def _parse(variable: str, text: str, kind: type) -> Path | int:
    if kind is Path:
        return Path(text).resolve()
    if not text.isdecimal() or int(text) < 1:
        raise CloudError(f"{variable} is {text!r}; set it to a whole number from 1 on.")
    return int(text)
