"""The barrier opens once, never early, whatever is repeated and in whatever order."""

import random
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from tests.samples import part

from rollcall.barrier import barrier, settled_sets
from rollcall.events import ChunkSettled
from rollcall.records import jobs as job_record
from rollcall.records import plans
from rollcall.records.jobs import JobState
from rollcall.records.plans import Plan

AT = "2026-01-01T00:00:00.000+00:00"


def settled(chunk: int, failed: int = 0, run: int = 1, attempt: int = 1) -> ChunkSettled:
    return ChunkSettled("job", run, chunk, attempt, 10 - failed, failed, "lambda", AT, AT)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(plans, "SHARD_SIZE", 3)


@pytest.fixture
def plan() -> Plan:
    """Eleven chunks in five shards of at most three."""
    return Plan("job", 1, "", [part("equity", 7), part("scenario", 4, first_chunk=7, first_shard=3)])


def open_job(cloud, plan: Plan, token: str | None = "token", **more) -> None:
    row = {**job_record.key(plan.job_id), "state": JobState.RUNNING, "run": plan.run, **more}
    cloud.jobs.put_item(Item=row | ({"task_token": token} if token else {}))


def settle(cloud, tokens, plan: Plan, *settlements: ChunkSettled) -> None:
    barrier.settle(plan, settlements, cloud.progress, cloud.jobs, tokens)


def arm(cloud, tokens, token: str, run: int = 1, restart: int = 0) -> None:
    barrier.arm(cloud.jobs, tokens, "job", run, restart, token)


def ended(status: str, succeeded: int, failed: int, not_run: int = 0) -> dict:
    counts = {"items": succeeded + failed + not_run, "succeeded": succeeded, "failed": failed, "not_run": not_run}
    return {"status": status, **counts}


def state(cloud) -> str:
    return job_record.read(cloud.jobs, "job")["state"]


def test_it_stays_shut_until_the_last_chunk_has_settled(cloud, tokens, plan):
    open_job(cloud, plan)
    for chunk in range(10):
        settle(cloud, tokens, plan, settled(chunk))
    assert (tokens.sent, state(cloud)) == (0, "RUNNING")
    settle(cloud, tokens, plan, settled(10))
    assert tokens.taken == {"token": ended("SUCCEEDED", 110, 0)}


def test_duplicating_and_shuffling_every_settlement_changes_nothing(cloud, tokens, plan):
    open_job(cloud, plan)
    settlements = [settled(chunk, failed=chunk % 3) for chunk in range(11)] * 3
    random.Random(7).shuffle(settlements)
    for start in range(0, len(settlements), 4):
        settle(cloud, tokens, plan, *settlements[start : start + 4])
    assert tokens.taken == {"token": ended("PARTIAL", 100, 10)}
    assert settled_sets.read_sets(cloud.progress, plan).duplicates == 22


def test_a_token_armed_after_the_last_settlement_is_sent_at_once(cloud, tokens, plan):
    open_job(cloud, plan, token=None)
    settle(cloud, tokens, plan, *map(settled, range(11)))
    assert tokens.sent == 0
    arm(cloud, tokens, "late")
    assert list(tokens.taken) == ["late"]


def test_a_token_that_is_never_armed_releases_nothing_and_leaves_the_job_settled(cloud, tokens, plan):
    open_job(cloud, plan, token=None)
    settle(cloud, tokens, plan, *map(settled, range(11)))
    assert (tokens.sent, state(cloud)) == (0, "SETTLED")


def test_a_late_token_of_a_dead_execution_does_not_replace_the_living_one(cloud, tokens, plan):
    open_job(cloud, plan, token=None)
    arm(cloud, tokens, "of the pick-up", restart=1)
    arm(cloud, tokens, "of the first execution")
    settle(cloud, tokens, plan, *map(settled, range(11)))
    assert list(tokens.taken) == ["of the pick-up"]


def test_a_token_of_an_older_run_is_not_stored(cloud, tokens, plan):
    open_job(cloud, replace(plan, run=2), token=None)
    arm(cloud, tokens, "of run 1", run=1)
    assert "task_token" not in job_record.read(cloud.jobs, "job")


def test_a_second_start_resets_no_count(cloud, tokens, plan):
    """A run that is started again arms again; what has settled stays settled."""
    open_job(cloud, plan, token=None)
    arm(cloud, tokens, "first")
    settle(cloud, tokens, plan, *(settled(chunk, failed=1) for chunk in range(6)))
    arm(cloud, tokens, "second")
    settle(cloud, tokens, plan, *map(settled, range(6, 11)))
    assert tokens.taken == {"second": ended("PARTIAL", 104, 6)}


def test_a_duplicate_of_the_last_settlement_releases_nothing_more(cloud, tokens, plan):
    open_job(cloud, plan)
    settle(cloud, tokens, plan, *map(settled, range(11)))
    settle(cloud, tokens, plan, settled(10))
    assert len(tokens.taken) == 1


def test_two_trackers_with_the_same_last_message_release_once(cloud, tokens, plan, monkeypatch):
    """The second does all its work between the first one's look at the sets and its release."""
    open_job(cloud, plan)
    settle(cloud, tokens, plan, *map(settled, range(10)))
    release = barrier.release

    def overtaken(*given):
        monkeypatch.setattr(barrier, "release", release)
        settle(cloud, tokens, plan, settled(10, failed=2))
        release(*given)

    monkeypatch.setattr(barrier, "release", overtaken)
    settle(cloud, tokens, plan, settled(10, failed=2))
    assert tokens.taken == {"token": ended("PARTIAL", 108, 2)}


def test_a_chunk_that_failed_and_succeeds_later_stays_failed(cloud, tokens, plan):
    open_job(cloud, plan)
    settle(cloud, tokens, plan, settled(3, failed=4))
    settle(cloud, tokens, plan, settled(3, attempt=2), *map(settled, [c for c in range(11) if c != 3]))
    assert tokens.taken == {"token": ended("PARTIAL", 106, 4)}


def test_a_chunk_that_succeeded_and_fails_later_stays_succeeded(cloud, tokens, plan):
    open_job(cloud, plan)
    settle(cloud, tokens, plan, settled(3))
    settle(cloud, tokens, plan, settled(3, failed=4, attempt=2), *map(settled, [c for c in range(11) if c != 3]))
    assert tokens.taken == {"token": ended("SUCCEEDED", 110, 0)}


@pytest.mark.parametrize("last", ["SUCCEEDED", "CANCELLED"])
def test_a_late_duplicate_leaves_an_ended_job_as_it_is(cloud, tokens, plan, last):
    open_job(cloud, plan)
    settle(cloud, tokens, plan, *map(settled, range(11)))
    job_record.update(cloud.jobs, "job", {"state": last})
    settle(cloud, tokens, plan, settled(3, failed=5))
    assert (state(cloud), int(job_record.read(cloud.jobs, "job")["failed"]), tokens.sent) == (last, 0, 1)


def test_the_last_settlement_of_a_paused_job_releases_it(cloud, tokens, plan):
    open_job(cloud, plan, state=JobState.PAUSED)
    settle(cloud, tokens, plan, *map(settled, range(11)))
    assert len(tokens.taken) == 1


def test_late_settlements_of_the_first_run_do_not_settle_the_second(cloud, tokens, plan):
    open_job(cloud, replace(plan, run=2))
    settle(cloud, tokens, plan, *map(settled, range(11)))
    assert (tokens.sent, state(cloud)) == (0, "RUNNING")


def test_a_second_run_counts_the_items_the_first_has_left(cloud, tokens):
    plan = Plan("job", 2, "", [part("equity", 2)], base_succeeded=70, base_failed=5, base_not_run=5)
    open_job(cloud, plan)
    settle(cloud, tokens, plan, settled(0, run=2), settled(1, failed=1, run=2))
    assert tokens.taken == {"token": ended("PARTIAL", 89, 6, not_run=5)}


@pytest.mark.parametrize(("failed", "status"), [(0, "SUCCEEDED"), (1, "FAILED")])
def test_a_job_of_one_item_is_released_by_it(cloud, tokens, failed, status):
    plan = Plan("job", 1, "", [part("equity", 1, items=1)])
    open_job(cloud, plan)
    settle(cloud, tokens, plan, replace(settled(0), succeeded=1 - failed, failed=failed))
    assert tokens.taken == {"token": ended(status, 1 - failed, failed)}


@pytest.mark.parametrize(
    ("tolerance", "failed", "status"),
    [
        (None, 0, "SUCCEEDED"),
        (None, 9, "PARTIAL"),
        (None, 10, "FAILED"),
        ({"count": 2}, 2, "PARTIAL"),
        ({"count": 2}, 3, "FAILED"),
        ({"percentage": 20}, 2, "PARTIAL"),
        ({"percentage": 20}, 3, "FAILED"),
        ({"count": 9, "percentage": 20}, 3, "FAILED"),
        ({"count": 0}, 0, "SUCCEEDED"),
    ],
)
def test_a_job_ends_by_its_tolerance(cloud, tokens, tolerance, failed, status):
    plan = Plan("job", 1, "", [part("equity", 1)], tolerance)
    open_job(cloud, plan)
    settle(cloud, tokens, plan, settled(0, failed))
    assert tokens.taken["token"] == ended(status, 10 - failed, failed)


@pytest.mark.parametrize(("tolerance", "failed"), [(None, 1), ({"count": 2}, 3), ({"percentage": 1}, 2)])
def test_a_job_that_fails_fast_is_closed_as_soon_as_it_tolerates_no_more(cloud, tokens, plan, tolerance, failed):
    open_job(cloud, plan)
    settle(cloud, tokens, replace(plan, tolerance=tolerance, fail_fast=True), settled(0, failed))
    assert tokens.taken["token"]["status"] == "FAILED"
    assert "fail-fast" in job_record.read(cloud.jobs, "job")["error"]


def test_a_job_that_fails_fast_goes_on_within_its_tolerance(cloud, tokens, plan):
    open_job(cloud, plan)
    plan = replace(plan, tolerance={"count": 2}, fail_fast=True)
    settle(cloud, tokens, plan, settled(0, 2))
    assert state(cloud) == "RUNNING"
    settle(cloud, tokens, plan, settled(4, 1))
    assert tokens.taken["token"]["status"] == "FAILED"


def test_a_job_that_fails_fast_fails_if_its_very_last_chunk_does(cloud, tokens):
    plan = Plan("job", 1, "", [part("equity", 2)], fail_fast=True)
    open_job(cloud, plan)
    settle(cloud, tokens, plan, settled(0), settled(1, 1))
    assert tokens.taken == {"token": ended("FAILED", 19, 1)}


def test_check_finishes_what_a_tracker_that_died_has_left(cloud, tokens, plan):
    open_job(cloud, plan)
    for shard in range(plan.shards):
        failed_by_chunk = dict.fromkeys(plan.chunks_of_shard(shard), 1)
        settled_sets.add_once(cloud.progress, settled_sets.shard_key(plan, shard), failed_by_chunk)
    barrier.check(plan, cloud.progress, cloud.jobs, tokens)
    assert tokens.taken == {"token": ended("PARTIAL", 99, 11)}


def test_check_leaves_a_job_with_missing_chunks_alone(cloud, tokens, plan):
    open_job(cloud, plan)
    settle(cloud, tokens, plan, *map(settled, range(10)))
    barrier.check(plan, cloud.progress, cloud.jobs, tokens)
    assert (tokens.sent, state(cloud)) == (0, "RUNNING")


def test_a_throttled_job_row_makes_the_settlement_come_again_and_it_is_taken_in_then(cloud, tokens, plan, monkeypatch):
    open_job(cloud, plan)
    throttled = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "slow"}}, "Update")
    real, answers = cloud.jobs.update_item, [throttled, throttled]

    def update_item(**request):
        if answers:
            raise answers.pop()
        return real(**request)

    monkeypatch.setattr(cloud.jobs, "update_item", update_item, raising=False)
    for _ in range(2):
        with pytest.raises(ClientError):
            settle(cloud, tokens, plan, *(settled(chunk, failed=1) for chunk in range(11)))
    settle(cloud, tokens, plan, *(settled(chunk, failed=1) for chunk in range(11)))
    assert tokens.taken == {"token": ended("PARTIAL", 99, 11)}


def test_clocks_that_are_wrong_do_not_matter_to_the_barrier(cloud, tokens, plan, monkeypatch):
    open_job(cloud, plan)
    times = iter(["2030-01-01T00:00:00.000+00:00", "1999-01-01T00:00:00.000+00:00"] * 50)
    monkeypatch.setattr(settled_sets, "now", lambda: next(times))
    for chunk in range(11):
        settle(cloud, tokens, plan, replace(settled(chunk), ended_at="1970-01-01T00:00:00Z"))
    assert len(tokens.taken) == 1


def test_an_error_of_step_functions_is_passed_on_so_that_the_message_comes_again(cloud, plan):
    class Broken:
        def send_task_success(self, **_):
            raise ClientError({"Error": {"Code": "InternalError", "Message": "try again"}}, "SendTaskSuccess")

    open_job(cloud, plan)
    with pytest.raises(ClientError):
        settle(cloud, Broken(), plan, *map(settled, range(11)))


@pytest.mark.parametrize(("batch", "most_writes"), [(100, 0.05), pytest.param(10, 0.2, marks=pytest.mark.full)])
def test_the_barrier_costs_few_writes_a_chunk(cloud, tokens, monkeypatch, batch, most_writes):
    """Counted for 10,000 chunks, a tenth of them with failures, settled by workers that are up to 400 chunks apart."""
    monkeypatch.setattr(plans, "SHARD_SIZE", 500)
    plan = Plan("job", 1, "", [part("equity", 10_000)])
    open_job(cloud, plan)
    writes = 0
    for table in (cloud.progress, cloud.jobs):
        real = table.update_item

        def counted(real=real, **request):
            nonlocal writes
            writes += 1
            return real(**request)

        monkeypatch.setattr(table, "update_item", counted, raising=False)
    apart = random.Random(7)
    chunks = sorted(range(10_000), key=lambda chunk: chunk + apart.randrange(400))
    for start in range(0, len(chunks), batch):
        settle(
            cloud, tokens, plan, *(settled(chunk, failed=chunk % 10 == 0) for chunk in chunks[start : start + batch])
        )
    assert len(tokens.taken) == 1
    assert writes / plan.chunks <= most_writes
