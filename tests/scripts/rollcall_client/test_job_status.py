"""Progress is read off what is recorded."""

import pytest
from tests.samples import part

from rollcall.barrier.settled_sets import add_once, shard_key
from rollcall.records.jobs import JobState
from rollcall_client import job_status
from rollcall_client.errors import CommandError

EQUITY = part("equity", chunks=1200, items=11_995)
SCENARIO = part("scenario", chunks=3, first_chunk=1200, first_shard=3, items=25)


@pytest.fixture
def told(env, written):
    """What is reported of a job in a state, with some chunks settled, given with their failed items."""

    def tell(state: JobState, settled: dict[int, int], **fields) -> dict:
        job = written(state, [EQUITY, SCENARIO], **fields)
        for chunk, failed in settled.items():
            add_once(env.progress, shard_key(job.plan, job.plan.shard_of(chunk)[0]), {chunk: failed})
        return job_status.report(env, job.row)

    return tell


def test_each_data_type_tells_its_settled_chunks_items_and_failures(told):
    equity, scenario = told(JobState.RUNNING, {0: 0, 600: 3, 1199: 2, 1200: 0})["data_types"]
    assert (equity["settled_chunks"], equity["chunks"], equity["failed"]) == (3, 1200, 5)
    assert (scenario["settled_chunks"], scenario["settled"]) == (1, 8)


def test_a_job_that_has_ended_tells_its_settled_items_exactly(told):
    job = told(JobState.CANCELLED, {0: 0, 1: 0, 1199: 0, 1202: 0}, succeeded=30, failed=0, not_run=11_990)
    assert [p["settled"] for p in job["data_types"]] == [25, 5]
    assert (job["settled"], job["not_run"], job["run"]) == (30, 11_990, 1)


def test_an_old_job_that_settled_wholly_says_so_when_its_sets_are_gone(told):
    assert [p["settled"] for p in told(JobState.SUCCEEDED, {})["data_types"]] == [11_995, 25]


def test_a_job_that_is_not_partitioned_has_no_data_types_yet(env, written):
    job = job_status.report(env, written(JobState.PARTITIONING).row)
    assert (job["items"], job["data_types"], job["run"]) == (0, [], 1)


def test_a_job_that_was_started_and_has_no_row_is_being_partitioned(env):
    env.client("stepfunctions").start_execution(stateMachineArn=env.deployment.state_machine_arn, name="new")
    assert job_status.job_row(env, "new")["state"] == JobState.PARTITIONING
    with pytest.raises(CommandError, match="there is no job 'other' in environment 'local'"):
        job_status.job_row(env, "other")


def test_a_job_is_at_rest_when_nothing_is_left_to_be_done_for_it():
    assert job_status.is_at_rest({"state": "PARTIAL"})
    assert not job_status.is_at_rest({"state": "PARTIAL", "open": "open"})
    assert not job_status.is_at_rest({"state": "RUNNING", "open": "open"})
