"""Only a run of all that proves permissions counts as one, with `make iam` and at its own end."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from tests import permissions

from rollcall_client.environment import ROOT
from rollcall_iam import recordings

SOME = "tests/end_to_end/test_input.py"


@pytest.fixture
def counts(tmp_path, monkeypatch):
    """Whether a run of pytest with `--permissions` and these arguments leaves a whole recording."""
    monkeypatch.chdir(ROOT)
    for name in ("STATE", "WHOLE"):
        monkeypatch.setattr(recordings, name, tmp_path / name)
    recordings.STATE.touch()
    monkeypatch.setattr(permissions.permissions, "read", lambda state: None)
    monkeypatch.setattr(permissions.usage, "of_recordings", lambda calls, deployed: None)
    monkeypatch.setattr(permissions.usage, "problems", lambda *_: [])

    def run(*arguments: str, left_out: str = "", ignore=None, by_worker: bool = False, **ended) -> bool:
        stash = {permissions.LEFT_OUT: False, permissions.FOUND: []}
        option = SimpleNamespace(ignore=ignore, ignore_glob=None)
        config = SimpleNamespace(args=arguments, option=option, stash=stash, getoption=lambda name: True)
        if left_out:
            permissions.pytest_deselected([SimpleNamespace(path=ROOT / left_out, config=config)])
        if by_worker:
            permissions.pytest_testnodedown(SimpleNamespace(config=config, workeroutput={"left_out_of_proof": True}))
        session = SimpleNamespace(config=config, **{"shouldfail": False, "exitstatus": pytest.ExitCode.OK} | ended)
        permissions.pytest_sessionfinish(session)
        return recordings.WHOLE.exists()

    return run


@pytest.mark.parametrize("arguments", [["."], ["tests"], ["tests/asl", "tests/end_to_end"], [str(ROOT / "tests")]])
def test_all_of_the_proof_counts(counts, arguments):
    assert counts(*arguments)


def test_what_is_left_out_elsewhere_does_not_matter(counts):
    assert counts("tests", left_out="tests/asl/test_retries.py")


@pytest.mark.parametrize("arguments", [[SOME], [f"{SOME}::test_routes_tells_what_is_routed_where"], ["tests/asl"], []])
def test_a_part_that_was_asked_for_does_not(counts, arguments):
    assert not counts(*arguments)


def test_nor_does_a_run_that_leaves_out_some_or_is_stopped(counts):
    assert not counts("tests", left_out=SOME)
    assert not counts("tests", by_worker=True)
    assert not counts("tests", ignore=[Path(SOME)])
    assert not counts("tests", shouldfail="stopping after 1 failures")
    assert not counts("tests", exitstatus=pytest.ExitCode.INTERRUPTED)
