"""The job's row: changed in one write, only where it may be."""

import pytest
from boto3.dynamodb.conditions import Attr
from tests.samples import part

from rollcall.errors import JobNotFound
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall.records.plans import Plan


@pytest.fixture
def jobs(cloud):
    row = {"state": JobState.RUNNING, "run": 1, "dispatch": 1, "open": "open", "created_at": "2026-01-01"}
    cloud.jobs.put_item(Item={**job_record.key("job"), **row})
    return cloud.jobs


def test_changes_additions_removals_and_the_timeline_are_one_write(jobs):
    event = job_record.timeline_event("paused", by="me")
    changed, row = job_record.update(
        jobs,
        "job",
        {"state": JobState.PAUSED, "error": "none"},
        only_in=(JobState.RUNNING, JobState.PAUSED),
        where=Attr("run").eq(1) & Attr("dispatch").lte(1),
        event=event,
        add={"dispatch": 2, "sweeps": 1},
        remove=("open", "never_there"),
    )
    assert changed
    assert row == job_record.read(jobs, "job")
    assert (row["state"], row["error"], row["dispatch"], row["sweeps"], row["run"]) == ("PAUSED", "none", 3, 1, 1)
    assert row["timeline"] == [event]
    assert "open" not in row


def test_the_timeline_keeps_its_order(jobs):
    for what in ("paused", "resumed", "settled"):
        job_record.update(jobs, "job", {}, event=job_record.timeline_event(what))
    assert [moment["what"] for moment in job_record.read(jobs, "job")["timeline"]] == ["paused", "resumed", "settled"]


@pytest.mark.parametrize(
    "condition", [{"only_in": (JobState.PAUSED,)}, {"where": Attr("run").eq(2)}], ids=["another state", "another run"]
)
def test_a_row_that_does_not_fit_is_left_as_it_is_and_told(jobs, condition):
    before = job_record.read(jobs, "job")
    assert job_record.update(jobs, "job", {"state": JobState.SETTLED}, **condition) == (False, before)
    assert job_record.read(jobs, "job") == before


def test_a_job_that_is_not_there_is_told_as_none(jobs):
    assert job_record.update(jobs, "other", {"state": "SETTLED"}, only_in=(JobState.RUNNING,)) == (False, None)
    with pytest.raises(JobNotFound, match="there is no job 'other'"):
        job_record.read(jobs, "other")


def test_a_plan_is_read_as_it_was_written(jobs):
    plan = Plan("job", 2, "s3://in", [part("equity", 3)], {"count": 1}, True)
    job_record.write_plan(jobs, plan)
    assert job_record.read_plan(jobs, "job", 2) == plan
    with pytest.raises(JobNotFound, match="job 'job' has no run 3"):
        job_record.read_plan(jobs, "job", 3)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("night", ("night", 1, 0)),
        ("night.2", ("night", 2, 0)),
        ("night.1.3", ("night", 1, 3)),
        ("a-b_c.10.11", ("a-b_c", 10, 11)),
    ],
)
def test_an_execution_is_named_after_its_job_run_and_pick_up(name, of):
    assert job_record.job_of(name) == of
    assert job_record.execution_name(*of) == name


def test_ended_states_are_the_last_five():
    ended = [state for state in JobState if state.ended]
    assert ended == ["SUCCEEDED", "PARTIAL", "FAILED", "REFUSED", "CANCELLED"]
    assert set(JobState) == {*job_record.ENDED, *job_record.UNENDED}


def test_what_the_platform_does_time_and_again_is_told_only_so_often(cloud):
    row = job_record.new_row("job", JobState.RUNNING, job_record.timeline_event("submitted"))
    event = job_record.timeline_event("dispatched")
    assert job_record.unless_full(row, event) == event
    row["timeline"] *= job_record.MOST_TIMELINE_EVENTS
    assert job_record.unless_full(row, event) is None
