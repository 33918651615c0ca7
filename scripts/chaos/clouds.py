"""The clouds of the driver: one deployed without chaos, and a copy of it for every seed."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded_cloud import lifecycle
from embedded_cloud.settings import CloudSettings
from rollcall_cli.environment import ENVIRONMENTS, ROOT, Environment

ROUTES = re.compile(r"^routes = \{\n.*?^\}\n", re.DOTALL | re.MULTILINE)
SECONDS = 300


class CommandFailed(Exception):
    """Raised with the output of a command that did not do what it was asked."""


@dataclass(frozen=True)
class Clouds:
    """Where they lie, and the port of all of them: it stands in the addresses of the queues."""

    folder: Path
    port: int

    @property
    def deployed(self) -> CloudSettings:
        return self.settings("deployed")

    def settings(self, name: str) -> CloudSettings:
        return CloudSettings(folder=self.folder / name, image_root=self.folder / "image", port=self.port)

    def deploy(self) -> None:
        """What this machine's environment has, with routes of the probe on each kind of compute.

        The image is copied, so that a build made meanwhile does not change what runs.
        """
        own = Path(__file__).with_name("routes.tfvars").read_text()
        settings = self.folder / "local.tfvars"
        settings.write_text(ROUTES.sub(lambda _: own, (ENVIRONMENTS / "local.tfvars").read_text()))
        wipe(self.deployed)
        shutil.rmtree(self.deployed.image_root, ignore_errors=True)
        shutil.copytree(CloudSettings().image_root, self.deployed.image_root)
        lifecycle.up(self.deployed, say=silent)
        try:
            run(self.deployed, sys.executable, "scripts/deploy.py", "apply", "--vars", str(settings), "--brief")
        finally:
            lifecycle.down(self.deployed, say=silent)

    @contextmanager
    def of_seed(self, seed: int) -> Iterator["ChaosCloud"]:
        """A copy of the deployed cloud with chaos of this seed in it; ended, but left there to look at."""
        settings = self.settings("cloud")
        wipe(settings)
        shutil.copytree(self.deployed.folder, settings.folder, ignore=shutil.ignore_patterns("terraform", "pid.json"))
        lifecycle.up(settings, say=silent, server=("chaos.server", str(seed)))
        try:
            os.environ.update(variables(settings))
            yield ChaosCloud(settings, Environment("local"))
        finally:
            lifecycle.down(settings, say=silent)


@dataclass(frozen=True)
class ChaosCloud:
    """A running cloud with chaos in it, used by the project's own commands."""

    settings: CloudSettings
    env: Environment

    def rollcall(self, *arguments: str) -> str:
        """What a command writes to stdout; raises CommandFailed."""
        return run(self.settings, str(Path(sys.executable).with_name("rollcall")), *arguments)

    def told(self) -> dict:
        """The injectors' counts and what the observer saw."""
        with urllib.request.urlopen(f"{self.settings.url}/_rollcall/chaos", timeout=10) as answer:
            return json.load(answer)


def run(settings: CloudSettings, *command: str) -> str:
    environment = {**os.environ, **variables(settings)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise CommandFailed(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def variables(settings: CloudSettings) -> dict[str, str]:
    return settings.to_environment()


def wipe(settings: CloudSettings) -> None:
    """With all it left there; the folder is this program's own."""
    lifecycle.down(settings, say=silent)
    shutil.rmtree(settings.folder, ignore_errors=True)


def silent(_: str) -> None:
    """Says nothing."""
