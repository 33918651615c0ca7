"""The barrier opens once, never early, whatever is repeated and in whatever order."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollcall import barrier
from rollcall import jobs as job_record
from rollcall.events import ChunkSettled
from rollcall.jobs import JobState, Part, Plan


def part(data_type: str, chunks: int, first_chunk: int, first_shard: int) -> Part:
    return Part(data_type, "lambda", "q", 4, f"{data_type}.jsonl", chunks * 10, chunks, first_chunk, first_shard)


def settled(chunk: int, failed: int = 0, job_id: str = "job") -> ChunkSettled:
    return ChunkSettled(job_id, 1, chunk, 10 - failed, failed, "lambda", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(job_record, "SHARD_SIZE", 3)


@pytest.fixture
def plan(small_shards) -> Plan:
    """Eleven chunks in five shards of at most three."""
    return Plan("job", 1, "", [part("equity", 7, 0, 0), part("scenario", 4, 7, 3)])


def open_job(cloud, plan: Plan, token: str | None = "token") -> None:
    row = {**job_record.key(plan.job_id), "state": JobState.RUNNING, "plan": plan.to_json()}
    cloud.jobs.put_item(Item=row | ({"task_token": token} if token else {}))


def settle(cloud, tokens, plan: Plan, *settlements: ChunkSettled) -> None:
    barrier.settle(plan, settlements, cloud.progress, cloud.jobs, tokens)


def test_it_stays_shut_until_the_last_chunk_has_settled(cloud, tokens, plan):
    open_job(cloud, plan)
    for chunk in range(10):
        settle(cloud, tokens, plan, settled(chunk))
    assert tokens.sent == 0
    settle(cloud, tokens, plan, settled(10))
    assert tokens.taken == {"token": {"status": "SUCCEEDED", "items": 110, "succeeded": 110, "failed": 0}}


def test_duplicating_and_shuffling_every_settlement_changes_nothing(cloud, tokens, plan):
    open_job(cloud, plan)
    settlements = [settled(chunk, failed=chunk % 3) for chunk in range(11)] * 3
    random.Random(7).shuffle(settlements)
    for start in range(0, len(settlements), 4):
        settle(cloud, tokens, plan, *settlements[start : start + 4])
    row = job_record.read(cloud.jobs, "job")
    assert (int(row["failed"]), int(row["succeeded"])) == (10, 100)
    assert tokens.taken == {"token": {"status": "PARTIAL", "items": 110, "succeeded": 100, "failed": 10}}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_schedule_of_batches_repeats_and_arming_releases_exactly_once(cloud, tokens, plan, data):
    tokens.taken.clear()
    for table, keys in ((cloud.progress, ["shard"]), (cloud.jobs, ["job_id", "record"])):
        for row in table.scan()["Items"]:
            table.delete_item(Key={key: row[key] for key in keys})
    open_job(cloud, plan, token=None)
    failed = data.draw(st.lists(st.integers(0, 10), min_size=11, max_size=11))
    extra = data.draw(st.lists(st.integers(0, 10), max_size=12))
    order = data.draw(st.permutations([*range(11), *extra]))
    arm_at = data.draw(st.integers(0, len(order)))
    for position, chunk in enumerate([*order, None]):
        if position == arm_at:
            barrier.arm(cloud.jobs, tokens, "job", "token")
        if chunk is not None:
            settle(cloud, tokens, plan, settled(chunk, failed[chunk]))
        everything = set(range(11)) <= set(order[: position + 1])
        assert bool(tokens.taken) == (everything and position >= arm_at)
    assert tokens.taken["token"]["failed"] == sum(failed)


def test_a_token_armed_after_the_last_settlement_is_sent_at_once(cloud, tokens, plan):
    open_job(cloud, plan, token=None)
    settle(cloud, tokens, plan, *map(settled, range(11)))
    assert tokens.sent == 0
    barrier.arm(cloud.jobs, tokens, "job", "late")
    assert list(tokens.taken) == ["late"]


def test_a_duplicate_of_the_last_settlement_releases_nothing_more(cloud, tokens, plan):
    open_job(cloud, plan)
    settle(cloud, tokens, plan, *map(settled, range(11)))
    settle(cloud, tokens, plan, settled(10))
    assert len(tokens.taken) == 1


def test_a_late_duplicate_leaves_an_ended_job_as_it_is(cloud, tokens, plan):
    open_job(cloud, plan)
    settle(cloud, tokens, plan, *map(settled, range(11)))
    job_record.update(cloud.jobs, "job", {"state": JobState.SUCCEEDED})
    settle(cloud, tokens, plan, settled(3, failed=5))
    row = job_record.read(cloud.jobs, "job")
    assert (row["state"], int(row["failed"]), tokens.sent) == ("SUCCEEDED", 0, 1)


def test_a_crash_after_any_write_is_repaired_by_the_repeated_message(cloud, tokens, plan):
    """The last settlement's three writes and the token: cut off after each, then delivered again."""
    open_job(cloud, plan)
    settle(cloud, tokens, plan, *map(settled, range(10)))
    for step in ("members", "full", "state", "token"):
        crash_after(step, cloud, tokens, plan)
    settle(cloud, tokens, plan, settled(10, failed=2))
    assert tokens.taken == {"token": {"status": "PARTIAL", "items": 110, "succeeded": 108, "failed": 2}}


def crash_after(step: str, cloud, tokens, plan: Plan) -> None:
    """Do what `settle` does for the last settlement, but only up to a step."""
    barrier.add_once(cloud.progress, barrier.shard_key(plan, 4), {10: 2})
    if step in ("full", "state", "token"):
        barrier.add_once(cloud.progress, barrier.full_shards_key(plan), {4: 2})
    if step in ("state", "token"):
        changes = {"state": JobState.SETTLED, "failed": 2, "succeeded": 108}
        job_record.update(cloud.jobs, "job", changes, only_in=(JobState.RUNNING,))
    if step == "token":
        barrier.send_token(tokens, job_record.read(cloud.jobs, "job"))


def test_a_job_of_one_item_that_failed_ends_failed(cloud, tokens, small_shards):
    plan = Plan("one", 1, "", [Part("equity", "lambda", "q", 4, "m", 1, 1, 0, 0)])
    open_job(cloud, plan)
    failure = ChunkSettled("one", 1, 0, 0, 1, "lambda", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")
    settle(cloud, tokens, plan, failure)
    assert tokens.taken["token"] == {"status": "FAILED", "items": 1, "succeeded": 0, "failed": 1}


def test_settlements_without_failures_cost_one_write_a_shard_and_batch(cloud, tokens, monkeypatch):
    monkeypatch.setattr(job_record, "SHARD_SIZE", 500)
    plan = Plan("job", 1, "", [part("equity", 1000, 0, 0)])
    open_job(cloud, plan)
    writes = []
    real = cloud.progress.update_item
    monkeypatch.setattr(
        cloud.progress, "update_item", lambda **kwargs: writes.append(1) or real(**kwargs), raising=False
    )
    for start in range(0, 1000, 100):
        settle(cloud, tokens, plan, *(settled(chunk) for chunk in range(start, start + 100)))
    assert len(tokens.taken) == 1
    assert len(writes) == 10 + 2  # one a batch, and one for each full shard
