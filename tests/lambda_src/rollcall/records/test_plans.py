"""A plan says which part and which shard a chunk belongs to, and what a job tolerates."""

import pytest
from tests.samples import part

from rollcall.records import plans
from rollcall.records.plans import Plan


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(plans, "SHARD_SIZE", 3)


@pytest.fixture
def plan() -> Plan:
    return Plan("job", 1, "", [part("equity", 7), part("scenario", 6, first_chunk=7, first_shard=3)])


def test_each_part_has_shards_of_its_own(plan):
    assert [one.shard_sizes for one in plan.parts] == [[3, 3, 1], [3, 3]]
    assert [list(one.shards) for one in plan.parts] == [[0, 1, 2], [3, 4]]
    assert (plan.chunks, plan.shards, plan.items) == (13, 5, 130)


def test_every_chunk_lies_in_the_shard_that_lists_it(plan):
    for chunk in range(plan.chunks):
        shard, size = plan.shard_of(chunk)
        assert chunk in plan.chunks_of_shard(shard)
        assert len(plan.chunks_of_shard(shard)) == size
    assert [chunk for shard in range(plan.shards) for chunk in plan.chunks_of_shard(shard)] == list(range(13))


@pytest.mark.parametrize("chunk", [-1, 13])
def test_a_chunk_the_run_does_not_have_is_named(plan, chunk):
    with pytest.raises(ValueError, match=f"job 'job' has no chunk {chunk}; its chunks are 0 to 12"):
        plan.part_of(chunk)


def test_it_survives_being_written_as_json(plan):
    whole = Plan("job", 2, "s3://in", plan.parts, {"count": 3}, True, base_succeeded=1, base_failed=2, base_not_run=3)
    assert Plan.from_json(whole.to_json()) == whole
    assert whole.total == 136


@pytest.mark.parametrize(
    ("tolerance", "fail_fast", "most"),
    [
        (None, False, 130),
        (None, True, 0),
        ({"count": 0}, False, 0),
        ({"count": 7}, True, 7),
        ({"percentage": 10}, False, 13),
        ({"percentage": 1.5}, False, 1),
        ({"count": 50, "percentage": 10}, False, 13),
        ({"count": 5, "percentage": 10}, False, 5),
    ],
)
def test_a_plan_tolerates_so_many_failed_items_and_no_more(plan, tolerance, fail_fast, most):
    plan = Plan("job", 1, "", plan.parts, tolerance, fail_fast)
    assert [plan.tolerates(failed) for failed in (0, most)] == [True, True]
    assert most == plan.total or not plan.tolerates(most + 1)


def test_the_plan_of_as_many_data_types_as_a_bus_has_rules_fits_into_a_row():
    """DynamoDB: 400 KB an item."""
    long = {"queue_url": f"https://sqs.eu-central-1.amazonaws.com/123456789012/{'q' * 80}", "code": "c" * 100}
    parts = [part(f"{n:03}{'d' * 60}", 10**6, n * 10**6, n * 2000, manifest="m" * 180, **long) for n in range(301)]
    assert len(Plan("j" * 72, 1, "s3://" + "i" * 1024, parts).to_json()) < 350 * 1024
