"""Clouds of a program's own: one with the system deployed to it, and fresh copies of that one to work with."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from embedded_cloud import lifecycle
from embedded_cloud.settings import HOST, PROJECT, CloudSettings

LOCAL_SETTINGS = PROJECT / "terraform" / "environments" / "local.tfvars"
BUILD = PROJECT / "build"
SECONDS = 300


class CommandFailed(Exception):
    """Raised with the output of a command that did not do what it was asked, or the sentence why it cannot."""


@dataclass(frozen=True)
class Clouds:
    """Where they lie, the port of all of them (it stands in the addresses of the queues), and how many Lambdas run."""

    folder: Path
    port: int
    lambdas: int = CloudSettings.lambdas

    @property
    def deployed(self) -> CloudSettings:
        return self.settings("deployed")

    @property
    def at_work(self) -> CloudSettings:
        return self.settings("cloud")

    def settings(self, name: str) -> CloudSettings:
        image = self.folder / "image"
        return CloudSettings(folder=self.folder / name, image_root=image, port=self.port, lambdas=self.lambdas)

    def end_left_over(self) -> None:
        """What a killed program left running here, so that its port is free."""
        for settings in (self.deployed, self.at_work):
            lifecycle.down(settings, say=silent)

    def deploy(self, *blocks: str) -> None:
        """What this machine's environment has, with some of its settings replaced; raises CommandFailed.

        The image is copied, so that a build made meanwhile does not change what runs.
        """
        if not (BUILD / "image").is_dir() or not any((BUILD / "lambda").glob("*.zip")):
            raise CommandFailed("nothing is built that could be deployed; run: make build")
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "local.tfvars"
        settings.write_text(with_blocks(LOCAL_SETTINGS.read_text(), *blocks))
        wipe(self.deployed)
        shutil.rmtree(self.deployed.image_root, ignore_errors=True)
        shutil.copytree(BUILD / "image", self.deployed.image_root)
        lifecycle.up(self.deployed, say=silent)
        try:
            run(self.deployed, sys.executable, "-m", "rollcall_deploy", "apply", "--vars", str(settings), "--brief")
        finally:
            lifecycle.down(self.deployed, say=silent)

    @contextmanager
    def copy(self, server: tuple[str, ...] = lifecycle.SERVER) -> Iterator[CloudSettings]:
        """A running copy of the deployed cloud, which this process talks to; ended, but left there to look at."""
        settings = self.at_work
        wipe(settings)
        copy_state(self.deployed, settings)
        lifecycle.up(settings, say=silent, server=server)
        try:
            os.environ.update(settings.to_environment())
            yield settings
        finally:
            lifecycle.down(settings, say=silent)


def copy_state(ended: CloudSettings, copy: CloudSettings) -> None:
    """Gives a cloud that has not been started yet what an ended one has saved, Terraform's state of it too.

    The port of a cloud stands in the addresses of its queues, and so in all that was told them.
    """
    shutil.copytree(ended.state, copy.state, symlinks=True)
    shutil.copytree(ended.objects, copy.objects)
    addresses = re.compile(rf"//({HOST}|localhost):{ended.port}\b")
    for file in [*copy.state.glob("*.json"), *copy.state.rglob("terraform.tfstate")]:
        file.write_text(addresses.sub(rf"//\1:{copy.port}", file.read_text()))
    copy.port_file.write_text(str(copy.port))


def _instead(new: str, _: re.Match[str]) -> str:
    return new


def with_blocks(settings: str, *blocks: str) -> str:
    """tfvars in which each block ("name = …", ended by a line break) stands in place of the one of its name."""
    for block in blocks:
        name = re.escape(block.partition("=")[0].strip())
        old = re.compile(rf"^{name} *= *(?:\{{\n.*?^\}}|\[\n.*?^\]|[^\n]*)\n", re.DOTALL | re.MULTILINE)
        settings, found = old.subn(partial(_instead, block), settings)
        settings += "" if found else f"\n{block}"
    return settings


def run(settings: CloudSettings, *command: str) -> str:
    """What a command writes to stdout, run against a cloud; raises CommandFailed."""
    environment = {**os.environ, **settings.to_environment()}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise CommandFailed(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def wipe(settings: CloudSettings) -> None:
    """With all it left there; the folder is the program's own."""
    lifecycle.down(settings, say=silent)
    shutil.rmtree(settings.folder, ignore_errors=True)


def silent(_: str) -> None:
    """Says nothing."""
