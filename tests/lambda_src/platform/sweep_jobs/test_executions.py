"""A job whose execution is no more is restarted, or closed with a reason; never both, never too soon."""

from datetime import datetime, timedelta

import pytest

from sweep_jobs.executions import Action, decide

THEN = "2026-01-01T12:00:00.000+00:00"
NOW = datetime.fromisoformat(THEN) + timedelta(minutes=1)
LATER = datetime.fromisoformat(THEN) + timedelta(minutes=6)


def row(state: str, restarts: int = 0) -> dict:
    return {"state": state, "restarts": restarts, "created_at": "2025", "timeline": [{"at": THEN, "what": "x"}]}


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
@pytest.mark.parametrize("state", ["PARTITIONING", "RUNNING", "PAUSED", "SETTLED"])
def test_a_job_whose_execution_lives_or_has_just_ended_well_is_left_alone(state, status):
    assert decide(row(state), status, LATER) == Action.LEAVE


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
@pytest.mark.parametrize("state", ["PARTITIONING", "RUNNING", "PAUSED"])
def test_a_job_whose_execution_broke_is_picked_up_three_times(state, status):
    assert [decide(row(state, n), status, NOW) for n in range(4)] == [Action.RESTART] * 3 + [Action.CLOSE]


def test_a_settled_job_is_closed_because_its_next_step_may_have_run():
    assert decide(row("SETTLED"), "FAILED", NOW) == Action.CLOSE


@pytest.mark.parametrize("state", ["PARTITIONING", "RUNNING", "PAUSED", "SETTLED"])
def test_a_job_whose_execution_was_stopped_is_closed(state):
    assert decide(row(state), "ABORTED", NOW) == Action.CLOSE


def test_a_job_without_an_execution_is_closed_when_nothing_has_happened_for_five_minutes():
    assert decide(row("RUNNING"), None, NOW) == Action.LEAVE
    assert decide(row("RUNNING"), None, LATER) == Action.CLOSE


def test_a_restart_that_was_counted_and_not_started_is_started():
    assert decide(row("RUNNING", restarts=1), None, NOW) == Action.RESTART


def test_an_ended_job_that_nobody_finished_is_closed_after_five_minutes():
    assert decide(row("CANCELLED"), "ABORTED", NOW) == Action.LEAVE
    assert decide(row("CANCELLED"), "ABORTED", LATER) == Action.CLOSE
