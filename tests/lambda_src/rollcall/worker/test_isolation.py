"""Items in a process of their own: whatever takes that down, or keeps it too long, costs the item at work alone."""

import json
import time
from pathlib import Path

import psutil
import pytest

from rollcall.calculations import Job
from rollcall.errors import DeadlineExceeded
from rollcall.worker.isolation import IsolatedProcess


@pytest.fixture
def process():
    """process(timeout, seconds left): one that runs the probe."""
    started = []

    def start(timeout_seconds: float = 0, seconds: float = 60, data_type: str = "probe") -> IsolatedProcess:
        ends_at = time.monotonic() + seconds
        it = IsolatedProcess(data_type, Job("job", "s3://input"), timeout_seconds, lambda: ends_at - time.monotonic())
        started.append(it)
        return it

    yield start
    for each in started:
        each.stop()


def item(name: str, **asks) -> dict:
    return {"id": name, "data_type": "probe", "quiet": True, **asks}


def test_items_are_answered_by_one_process_as_long_as_it_lives(process):
    it = process()
    first = it.run(item("a"), 1)
    pid = it.process.pid
    assert json.loads(first.line) == {"id": "a", "data_type": "probe", "ok": True, "result": {"tries": 1}}
    assert it.run(item("b", fail="no price"), 1)[0] is False
    assert it.process.pid == pid


@pytest.mark.parametrize(
    ("asks", "how"),
    [
        ({"die": True}, "it was killed by SIGKILL"),
        ({"exit": 3}, "it ended with exit code 3"),
        ({"exit": 0}, "it ended with exit code 0"),
    ],
)
def test_an_item_that_takes_its_process_down_is_told_of_and_the_next_is_run(process, asks, how):
    it = process()
    died = it.run(item("a", **asks), 1)
    assert (died.ok, died.line, died.again, died.died) == (False, how, True, True)
    assert it.run(item("b"), 1).ok


def test_one_that_neither_ends_nor_hears_is_stopped_by_force(process):
    it = process(timeout_seconds=0.2)
    began = time.monotonic()
    stuck = it.run(item("a", hang=True), 1)
    assert time.monotonic() - began < 20
    error = json.loads(stuck.line)["error"]
    assert (stuck.again, stuck.died, error["type"], error["retryable"]) == (False, False, "ItemTimedOut", True)
    assert "item_timeout_seconds = 0.2" in error["message"]
    assert it.run(item("b"), 1).ok


@pytest.mark.full
def test_without_a_limit_of_its_own_it_may_take_as_long_as_the_worker_has(process):
    it = process(seconds=5)
    with pytest.raises(DeadlineExceeded, match="raise timeout_minutes"):
        it.run(item("a", hang=True), 1)


def test_what_a_calculation_has_started_ends_with_its_process(process):
    it = process()
    it.run(item("a"), 1)
    running = psutil.Process(it.process.pid)
    it.stop()
    assert not running.is_running()


def test_a_process_that_cannot_even_start_fails_all_its_items_and_is_not_tried_again(process, monkeypatch):
    monkeypatch.setattr("rollcall.worker.isolation.sys.executable", "/bin/false")
    it = process()
    for name in "ab":
        error = json.loads(it.run(item(name), 1).line)["error"]
        assert error["type"] == "WorkerLost"
        assert "could not start: it ended with exit code 1" in error["message"]


def test_one_that_has_not_started_when_the_workers_time_is_over_tells_that(process):
    it = process(seconds=0)
    for name in "ab":
        with pytest.raises(DeadlineExceeded, match="time was over before the process to run it in had started"):
            it.run(item(name), 1)
        assert it.process is None


def test_a_process_forked_by_a_calculation_answers_nothing(process):
    it = process()
    assert it.run(item("a", fork=True), 1).ok
    assert it.run(item("b"), 1).ok


def test_memory_is_taken_from_it_before_it_is_taken_from_its_worker(process):
    it = process()
    it.run(item("a"), 1)
    assert Path(f"/proc/{it.process.pid}/oom_score_adj").read_text().strip() == "1000"


def test_what_it_does_to_its_standard_streams_the_next_item_does_not_see(process, capfd):
    it = process()
    for name in "abc":
        assert it.run({**item(name, close=True), "quiet": False}, 1).ok
    assert capfd.readouterr().out.count('"message":"probe"') == 3
