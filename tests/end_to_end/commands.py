"""The project's commands, run as its users run them, against a cloud of the tests' own."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from rollcall_cli.environment import ROOT

PYTHON = sys.executable
LOCAL_VARS = ROOT / "terraform" / "environments" / "local.tfvars"


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


class Cloud:
    """The embedded cloud of this test session, used as its users do: by its commands."""

    def __init__(self, folder: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.variables = {"ROLLCALL_CLOUD_DIR": str(folder), "ROLLCALL_CLOUD_PORT": str(self.port)}

    def run(self, *command: str, **variables: str) -> Done:
        environment = {**os.environ, **self.variables, **variables}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        return Done(done.returncode, done.stdout, done.stderr)

    def must(self, *command: str) -> Done:
        done = self.run(*command)
        assert done.code == 0, done.out + done.err
        return done

    def rollcall(self, *arguments: str, **variables: str) -> Done:
        return self.run(str(Path(PYTHON).with_name("rollcall")), *arguments, **variables)

    def deploy(self, action: str, variables: Path = LOCAL_VARS) -> Done:
        return self.run(PYTHON, "scripts/deploy.py", action, "--env", "local", "--vars", str(variables))

    def server(self) -> psutil.Process:
        return psutil.Process(json.loads(self.must(PYTHON, "-m", "embedded_cloud", "status", "--json").out)["pid"])
