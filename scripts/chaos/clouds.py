"""The clouds of the driver: one deployed without chaos, and a copy of it for every seed."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded_cloud.clouds import Clouds, run
from embedded_cloud.lifecycle import DIRECT
from embedded_cloud.settings import CloudSettings
from rollcall_client.environment import Environment

ROUTES = Path(__file__).with_name("routes.tfvars")


@dataclass(frozen=True)
class ChaosCloud:
    """A running cloud with chaos in it, used by the project's own commands."""

    settings: CloudSettings
    env: Environment

    def rollcall(self, *arguments: str) -> str:
        """What a command writes to stdout; raises CommandFailed."""
        return run(self.settings, str(Path(sys.executable).with_name("rollcall")), *arguments)

    def reported(self) -> dict:
        """The injectors' counts and what the observer saw."""
        with DIRECT.open(f"{self.settings.url}/_rollcall/chaos", timeout=10) as answer:
            return json.load(answer)


class ChaosClouds(Clouds):
    """Deployed with routes of the probe on each kind of compute."""

    def deploy_probes(self) -> None:
        self.deploy(ROUTES.read_text())

    @contextmanager
    def of_seed(self, seed: int) -> Iterator[ChaosCloud]:
        """A copy of the deployed cloud with chaos of this seed in it."""
        with self.copy(server=("chaos.server", str(seed))) as settings:
            yield ChaosCloud(settings, Environment("local"))
