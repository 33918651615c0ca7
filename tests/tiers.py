"""Two tiers: `make test` leaves out what is marked `full`, and says so last of all; `make test-all` runs everything."""

import os
from pathlib import Path

import pytest

LEFT_OUT = pytest.StashKey[int]()
WORKERS_A_CORE = 2
DEPLOYING = 0.12  # the share of a run in which its first test of a cloud deploys the one that all others wait for


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """More than one a core: much of the suite waits for a cloud."""
    return WORKERS_A_CORE * (os.cpu_count() or 1)


def pytest_configure(config) -> None:
    config.stash[LEFT_OUT] = 0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    """Those that wait for a cloud are spread among those that compute; of both, what takes longest begins first.

    Files that compute stay whole, so that no fixture of a file is made again after a test of another file. A folder
    whose tests share what is made once goes to one worker: others would wait for it.
    """
    full = {item.path for item in items if item.get_closest_marker("full")}
    items.sort(key=lambda item: item.path not in full)
    waiting = [item for item in items if "session_cloud" in item.fixturenames]
    computing = [item for item in items if "session_cloud" not in item.fixturenames]
    for item in computing:
        if "once" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
    first: dict[Path, int] = {}
    for n, item in enumerate(computing):
        first.setdefault(item.path, n)
    place = {item: DEPLOYING + (1 - DEPLOYING) * n / len(waiting) for n, item in enumerate(waiting)}
    place |= dict.fromkeys(waiting[:1], 0.0)
    place |= {item: first[item.path] / len(computing) for item in computing}
    items.sort(key=place.__getitem__)


def pytest_deselected(items) -> None:
    for item in items:
        item.config.stash[LEFT_OUT] += item.get_closest_marker("full") is not None


def pytest_sessionfinish(session) -> None:
    """A worker tells the process it works for; each of them has left out the same."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_unconfigure(config) -> None:
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal and config.stash[LEFT_OUT]:
        terminal.write_line(f"{config.stash[LEFT_OUT]} tests that take long did not run; make test-all runs them too.")
