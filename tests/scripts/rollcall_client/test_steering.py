"""A job is paused, resumed and cancelled, or it is said why not."""

import pytest

from rollcall.records import jobs as job_record
from rollcall.records.jobs import ENDED, JobState
from rollcall_client import executions, steering
from rollcall_client.errors import CommandError


def events(row: dict) -> list[tuple]:
    return [(event["what"], event.get("by")) for event in row.get("timeline", [])]


def test_a_job_is_paused_and_resumed_and_its_chunks_are_laid_anew(env, written):
    written(JobState.RUNNING)
    steering.pause(env, "job", "anna")
    assert job_record.read(env.jobs, "job")["state"] == JobState.PAUSED
    steering.resume(env, "job", "ben")
    row = job_record.read(env.jobs, "job")
    assert row["state"] == JobState.RUNNING
    assert events(row) == [("paused", "anna"), ("resumed", "ben")]
    assert env.functions.invoked == [("dispatch_function", {"job_id": "job"})]


@pytest.mark.parametrize("state", [JobState.PARTITIONING, JobState.RUNNING, JobState.PAUSED])
def test_a_cancelled_job_is_written_down_and_its_executions_are_stopped(env, written, state):
    for name in ("job", "job.1.1"):
        executions.start(env, name, {})
    written(state)
    row = steering.cancel(env, "job", "anna")
    assert (row["state"], events(row)) == (JobState.CANCELLED, [("cancelled", "anna")])
    assert row["open"] == "open"  # until it is finished
    assert {each["status"] for each in executions.of_run(env, "job", 1)} == {"ABORTED"}


def test_a_job_that_has_no_row_yet_is_cancelled_for_partitioning_to_find(env):
    executions.start(env, "job", {"submitted_by": "ada"})
    steering.cancel(env, "job", "anna")
    row = job_record.read(env.jobs, "job")
    assert (row["state"], row["run"], events(row)) == (
        JobState.CANCELLED,
        1,
        [("submitted", "ada"), ("cancelled", "anna")],
    )
    assert executions.execution(env, "job")["status"] == "ABORTED"


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize("command", [steering.pause, steering.resume, steering.cancel])
def test_a_job_that_has_ended_stays_as_it_is(env, written, state, command):
    before = written(state, finished_at="noon").row
    with pytest.raises(CommandError, match=f"job job is {state}: it ended at noon"):
        command(env, "job", "anna")
    assert job_record.read(env.jobs, "job") == before


@pytest.mark.parametrize(
    ("command", "state", "why"),
    [
        (steering.pause, JobState.PARTITIONING, "only a RUNNING job can be paused"),
        (steering.pause, JobState.PAUSED, "only a RUNNING job can be paused"),
        (steering.resume, JobState.RUNNING, "only a PAUSED job can be resumed"),
        (steering.cancel, JobState.SETTLED, "every chunk has settled"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_state(env, written, command, state, why):
    written(state)
    with pytest.raises(CommandError, match=f"job job is {state}: {why}"):
        command(env, "job", "anna")


def test_a_job_that_was_never_submitted_cannot_be_steered(env):
    for command in (steering.pause, steering.resume, steering.cancel):
        with pytest.raises(CommandError, match="there is no job 'job'"):
            command(env, "job", "anna")


def test_a_cancelled_job_is_waited_for_until_its_counts_are_written(env, written):
    written(JobState.CANCELLED, open="open")
    assert steering.wait_until_at_rest(env, "job", sleep=lambda seconds: None) is None
    job_record.update(env.jobs, "job", {"not_run": 5}, remove=("open",))
    assert steering.wait_until_at_rest(env, "job")["not_run"] == 5


def test_a_job_of_another_engine_hands_out_by_itself_and_cannot_be_paused(env, written):
    before = written(JobState.RUNNING, engine="map").row
    with pytest.raises(CommandError, match="job 'job' has engine 'map', which cannot be paused; only events can"):
        steering.pause(env, "job", "anna")
    assert job_record.read(env.jobs, "job") == before
