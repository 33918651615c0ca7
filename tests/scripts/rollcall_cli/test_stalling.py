"""Refused calls are looked for only where a job does not go on, and each is told once."""

from types import SimpleNamespace

import pytest

from rollcall_cli import stalling
from rollcall_cli.stalling import Stall

RUNNING = {"state": "RUNNING"}


@pytest.fixture
def watched(monkeypatch):
    """A stall, its clock and what has been refused so far."""
    refused, time = ["a"], SimpleNamespace(now=100.0)
    monkeypatch.setattr(stalling.refusals, "told", lambda env, row: list(refused))
    return SimpleNamespace(stall=Stall(None, lambda: time.now), time=time, refused=refused)


def test_a_job_that_goes_on_is_left_alone(watched):
    for settled in range(20):
        watched.time.now += 4.9
        assert watched.stall.news(RUNNING, {"settled": settled}) == []


def test_what_is_refused_to_a_job_that_stands_still_is_told_once(watched):
    told = []
    for _ in range(100):
        told += watched.stall.news(RUNNING, {"settled": 1})
        watched.time.now += 1
        if watched.time.now == 140:
            watched.refused.append("b")
    assert told == ["a", "b"]


def test_a_paused_job_stands_still_on_purpose(watched):
    for _ in range(10):
        assert watched.stall.news({"state": "PAUSED"}, {}) == []
        watched.time.now += 10


@pytest.mark.parametrize(("state", "told"), [("FAILED", ["a"]), ("PARTIAL", ["a"]), ("SUCCEEDED", [])])
def test_a_job_that_ended_in_trouble_is_looked_at_at_once(watched, state, told):
    assert watched.stall.news({"state": state}, {"state": state}) == told
