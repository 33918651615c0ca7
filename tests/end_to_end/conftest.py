"""A cloud of its own for each worker's end-to-end tests: a copy of the one this run deployed, so none meets another's
jobs; ended with all its processes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from tests.cloud_faults import faults
from tests.end_to_end.commands import PYTHON, Cloud
from tests.permissions import begins

from embedded_cloud import recording
from embedded_cloud.clouds import copy_state
from embedded_cloud.settings import CloudSettings
from rollcall_client.environment import Environment
from rollcall_iam import recordings


def deploy(folder: Path) -> None:
    """Leaves the state of a cloud that the platform was applied to."""
    begins("make apply")
    cloud = Cloud(folder)
    cloud.must(PYTHON, "-m", "embedded_cloud", "up")
    try:
        applied = cloud.deploy("apply")
        assert applied.code == 0, applied.out + applied.err
        if recording.IAM_VARIABLE in cloud.variables:
            (state,) = (folder / "state").glob("terraform/state/*/terraform.tfstate")
            shutil.copy(state, recordings.STATE)
    finally:
        cloud.must(PYTHON, "-m", "embedded_cloud", "down")


@pytest.fixture(scope="session")
def session_cloud(once, tmp_path_factory):
    with running_copy(once, tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@contextmanager
def running_copy(once, folder: Path, **variables: str) -> Iterator[Cloud]:
    """Of the cloud this run deployed, started with these variables."""
    deployed = CloudSettings.from_environment({"ROLLCALL_CLOUD_DIR": str(once("deployed", deploy))})
    cloud = Cloud(folder)
    cloud.variables |= variables
    settings = CloudSettings.from_environment(cloud.variables)
    copy_state(deployed, settings)
    cloud.must(PYTHON, "-m", "embedded_cloud", "up")
    server = cloud.server()
    try:
        yield cloud
        assert faults(settings) == []
    finally:
        started = [server, *server.children(recursive=True)]
        cloud.must(PYTHON, "-m", "embedded_cloud", "down", "--wipe")
        _, left = psutil.wait_procs(started, timeout=60)
        assert not left, f"left behind: {left}"


@pytest.fixture
def cloud(session_cloud, monkeypatch) -> Cloud:
    """The session's cloud, reachable by this test's own code too."""
    for name, value in session_cloud.variables.items():
        monkeypatch.setenv(name, value)
    return session_cloud


@pytest.fixture
def env(cloud) -> Environment:
    return Environment("local")
