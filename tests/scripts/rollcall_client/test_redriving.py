"""A redrive starts the next run of an ended job, once, with the first run's input."""

import json

import pytest

from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall_client import executions, redriving
from rollcall_client.errors import CommandError
from rollcall_client.redriving import wish_of

FIRST = {"input": {"uri": "s3://book"}, "job_type": "valuation"}
BOTH = wish_of(False, False, None, None, "anna")


@pytest.fixture
def ended(env, written):
    """A job that ended PARTIAL with 3 failed items, and a way to begin its next run as partitioning does."""
    executions.start(env, "job", FIRST)
    written(JobState.PARTIAL, succeeded=7, failed=3, not_run=0)
    return lambda *_: job_record.update(env.jobs, "job", {"run": 2, "state": JobState.RUNNING})


def test_nothing_said_means_both_and_an_error_means_the_items_failed_with_it():
    assert BOTH.select == ["failed", "missing"]
    assert wish_of(True, False, None, None, "").select == ["failed"]
    assert wish_of(False, True, None, None, "").select == ["missing"]
    assert wish_of(False, False, "Timeout", None, "").select == ["failed"]
    assert wish_of(False, True, "Timeout", None, "").select == ["failed", "missing"]
    with pytest.raises(CommandError, match="'\\(' is no regular expression"):
        wish_of(False, False, "(", None, "")


def test_the_next_run_has_the_first_runs_input_and_the_wish(env, ended, monkeypatch):
    monkeypatch.setattr(redriving, "wait_until_begun", lambda *_: ended())
    wish = wish_of(True, False, "Lost", "scenario", "anna")
    assert redriving.redrive(env, "job", wish, print) == 2
    request = json.loads(executions.execution(env, "job.2")["input"])
    told = {"select": ["failed"], "error": "Lost", "route": "scenario", "by": "anna"}
    assert request == {**FIRST, "redrive": told}


def test_a_refused_redrive_does_not_stand_in_the_way_of_the_next(env, ended):
    assert redriving.start(env, "job", 2, {}) == "job.2"
    stop(env, "job.2")
    assert redriving.start(env, "job", 2, {}) == "job.2.1"


def test_a_redrive_that_is_under_way_is_not_started_again(env, ended):
    redriving.start(env, "job", 2, {})
    with pytest.raises(CommandError, match="job job is being redriven already"):
        redriving.redrive(env, "job", BOTH, print)


def test_the_command_waits_until_the_run_has_begun(env, ended):
    redriving.start(env, "job", 2, {})
    said = []
    redriving.wait_until_begun(env, "job", 2, "job.2", said.append, sleep=ended)
    assert said == []


def test_a_redrive_that_ends_before_it_began_says_why(env, ended):
    redriving.start(env, "job", 2, {})
    with pytest.raises(CommandError, match="job job was not redriven: its execution job.2 ended ABORTED"):
        redriving.wait_until_begun(env, "job", 2, "job.2", print, sleep=lambda _: stop(env, "job.2"))


def stop(env, name: str) -> None:
    env.client("stepfunctions").stop_execution(executionArn=executions.execution_arn(env, name))


@pytest.mark.parametrize(
    ("row", "wish", "why"),
    [
        ({"state": "RUNNING"}, BOTH, "job job is RUNNING; redrive it when it has ended"),
        ({"state": "REFUSED"}, BOTH, "job job was refused and has no items"),
        ({"state": "SUCCEEDED"}, BOTH, "nothing to redrive: job job has no failed or missing items"),
        ({"state": "PARTIAL", "not_run": 4}, wish_of(True, False, None, None, ""), "job job has no failed items"),
        (
            {"state": "PARTIAL"},
            wish_of(False, False, None, "fx", ""),
            "there is no route 'fx'; .* has equity, scenario",
        ),
    ],
)
def test_what_cannot_be_redriven_is_told_at_once(env, row, wish, why):
    with pytest.raises(CommandError, match=why):
        redriving.check(env, {"job_id": "job", **row}, wish)
