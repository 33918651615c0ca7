"""`--permissions`: the run records which permissions its clouds were asked for, and fails where one is not proved.

Each of the run's workers has a file that its cloud writes into; a test says there that it begins. A test that is to see
calls refused names their actions: `@pytest.mark.refused("sqs:SendMessage")`. A run of some of the tests proves nothing.
"""

import json
import os
from pathlib import Path

import pytest

from rollcall_iam import permissions, recordings, usage

FOUND = pytest.StashKey[list[str]]()
LEFT_OUT = pytest.StashKey[bool]()
PROOF = Path(__file__).with_name("end_to_end")
OPTION = "--permissions"
FILE = "ROLLCALL_PERMISSIONS_FILE"  # which the clouds that the platform is deployed to write into, and no others


def pytest_addoption(parser) -> None:
    parser.addoption(OPTION, action="store_true", help="Prove that each permission is used, and no other missed.")


def pytest_configure(config) -> None:
    config.addinivalue_line("markers", "refused(*actions): calls of these are refused on purpose")
    config.stash[FOUND] = []
    config.stash[LEFT_OUT] = False
    if not config.getoption(OPTION):
        return
    if not is_worker(config):
        recordings.begin()
    os.environ[FILE] = str(file_of_worker())


def is_worker(config) -> bool:
    return hasattr(config, "workerinput")


def file_of_worker() -> Path:
    return recordings.CALLS / f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.jsonl"


def begins(test: str, *refused: str) -> None:
    """What the cloud is asked for from now on is for this test."""
    if file := os.environ.get(FILE):
        with Path(file).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"test": test, "refused": refused}) + "\n")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item) -> None:
    if "session_cloud" in item.fixturenames:
        begins(item.nodeid, *(action for mark in item.iter_markers("refused") for action in mark.args))


def pytest_deselected(items) -> None:
    for item in items:
        item.config.stash[LEFT_OUT] |= PROOF in item.path.parents


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    node.config.stash[LEFT_OUT] |= getattr(node, "workeroutput", {}).get("left_out_of_proof", True)


def is_whole(session) -> bool:
    """Whether every test of PROOF was to run, and the run came to its end."""
    option = session.config.option
    asked = any(PROOF.is_relative_to(Path(argument).resolve()) for argument in session.config.args)
    left_out = option.ignore or option.ignore_glob or session.config.stash[LEFT_OUT]
    ended = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    return asked and not left_out and ended and not session.shouldfail


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session) -> None:
    config = session.config
    if is_worker(config):
        config.workeroutput["left_out_of_proof"] = config.stash[LEFT_OUT]
        return
    if not (config.getoption(OPTION) and recordings.STATE.exists() and is_whole(session)):
        return
    recordings.end()
    deployed = permissions.read(recordings.STATE)
    used = usage.of_recordings(recordings.CALLS.glob("*.jsonl"), deployed)
    config.stash[FOUND] = usage.problems(deployed, used, usage.exceptions())
    if config.stash[FOUND] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config) -> None:
    if found := config.stash[FOUND]:
        terminalreporter.section("permissions (make iam shows all)")
        for sentence in found:
            terminalreporter.write_line(sentence)
