"""A cloud of its own for the end-to-end tests: started, applied to, and ended with all its processes."""

import psutil
import pytest
from tests.end_to_end.commands import PYTHON, Cloud

from rollcall_client.environment import Environment


@pytest.fixture(scope="session")
def session_cloud(tmp_path_factory):
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    cloud.must(PYTHON, "-m", "embedded_cloud", "up")
    server = cloud.server()
    try:
        applied = cloud.deploy("apply")
        assert applied.code == 0, applied.out + applied.err
        yield cloud
    finally:
        started = [server, *server.children(recursive=True)]
        cloud.must(PYTHON, "-m", "embedded_cloud", "down", "--wipe")
        _, left = psutil.wait_procs(started, timeout=10)
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
