"""The project's commands, run as its users run them, against a cloud of the tests' own."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil
from tests import permissions

from embedded_cloud import recording
from rollcall_client.environment import ROOT
from rollcall_facts.recordings import FOLDER as RECORDINGS

PYTHON = sys.executable
PATIENCE_SECONDS = 300
LOCAL_VARS = ROOT / "terraform" / "environments" / "local.tfvars"
READING = '"valuation" = { data_type_from_key = "by-type/([^/]+)/" }'
PROBES = Path(__file__).with_name("probes.tfvars")


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@cache
def recording_of_worker() -> Path:
    """What all clouds of one of a run's workers write their calls into, begun anew with the run."""
    file = RECORDINGS / f"end_to_end-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    return file


class Cloud:
    """The embedded cloud of this test session, used as its users do: by its commands."""

    def __init__(self, folder: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        # What this machine's environment has, routes to the probe, and a reading that only prefixes have use for.
        self.settings = folder / "local.tfvars"
        settings = LOCAL_VARS.read_text()
        for name, more in (("routes", PROBES.read_text()), ("readings", f"{READING}\n")):
            settings = settings.replace(f"\n{name} = {{\n", f"\n{name} = {{\n{more}")
        self.settings.write_text(settings)
        self.variables = {"ROLLCALL_CLOUD_DIR": str(folder), "ROLLCALL_CLOUD_PORT": str(self.port)}
        # What is called in these tests is what `make facts` compares with the newest service models.
        calls = {recording.VARIABLE: str(recording_of_worker())}
        self.variables |= recording.variables(calls, os.environ.get("PYTHONPATH", ""))
        if file := os.environ.get(permissions.FILE):
            self.variables[recording.IAM_VARIABLE] = file

    def run(self, *command: str, **variables: str) -> Done:
        environment = {**os.environ, **self.variables, **variables}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        return Done(done.returncode, done.stdout, done.stderr)

    def must(self, *command: str) -> Done:
        done = self.run(*command)
        assert done.code == 0, done.out + done.err
        return done

    def rollcall(self, *arguments: str, **variables: str) -> Done:
        return self.run(str(Path(PYTHON).with_name("rollcall")), *arguments, **variables)

    def deploy(self, action: str, settings: str | None = None) -> Done:
        """Plan or apply, with the session's settings or with others, given as text."""
        path = self.settings
        if settings is not None:
            path = self.folder / "changed.tfvars"
            path.write_text(settings)
        return self.run(PYTHON, "-m", "rollcall_deploy", action, "--env", "local", "--vars", str(path))

    def submit(self, job_id: str, items: list[dict], *options: str) -> Done:
        """Submit items as a JSON Lines file."""
        book = self.folder / f"{job_id}.jsonl"
        book.write_text("".join(json.dumps(item) + "\n" for item in items))
        return self.rollcall("submit", str(book), "--id", job_id, *options)

    def server(self) -> psutil.Process:
        return psutil.Process(json.loads(self.must(PYTHON, "-m", "embedded_cloud", "status", "--json").out)["pid"])


def eventually(look, otherwise: str = "it never came"):
    """Look again until there is something; fails the test when there never is, however busy the machine."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)
    return found
