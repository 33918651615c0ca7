"""Settled chunks as sharded number sets: what was added, and what is missing."""

import hashlib

import pytest
from tests.samples import part

from rollcall.barrier import settled_sets
from rollcall.records import plans
from rollcall.records.plans import Plan


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(plans, "SHARD_SIZE", 3)


@pytest.fixture
def plan() -> Plan:
    return Plan("job", 1, "", [part("equity", 7), part("scenario", 4, first_chunk=7, first_shard=3)])


def add(cloud, plan: Plan, **failed_by_chunk: int) -> settled_sets.Added:
    """Add chunks c0, c1, … of the first shard with their failed items."""
    numbers = {int(name[1:]): failed for name, failed in failed_by_chunk.items()}
    return settled_sets.add_once(cloud.progress, settled_sets.shard_key(plan, 0), numbers)


def test_adding_tells_what_the_set_holds_now_and_what_it_held_before(cloud, plan):
    assert add(cloud, plan, c0=0, c1=2) == settled_sets.Added(frozenset({0, 1}), 2, frozenset())
    assert add(cloud, plan, c1=2, c2=0) == settled_sets.Added(frozenset({0, 1, 2}), 2, frozenset({1}))


def test_failed_items_are_counted_once_whichever_neighbours_come_with_them(cloud, plan):
    add(cloud, plan, c0=3)
    assert add(cloud, plan, c0=3, c1=4, c2=5).failed == 12
    assert add(cloud, plan, c0=3, c1=4, c2=5).failed == 12


def test_any_number_of_failing_chunks_is_added_and_each_counted_once(cloud, plan):
    failing = dict.fromkeys(range(10**7, 10**7 + 200), 2)
    name = settled_sets.shard_key(plan, 0)
    some = dict(list(failing.items())[60:140])
    assert settled_sets.add_once(cloud.progress, name, some).failed == 160
    added = settled_sets.add_once(cloud.progress, name, failing | {1: 0})
    assert added == settled_sets.Added(frozenset(failing) | {1}, 400, frozenset(some))


@pytest.mark.parametrize(("failing", "writes"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3)])
def test_fifty_failing_chunks_are_one_write(failing, writes):
    given = {chunk: int(chunk < failing) for chunk in range(120)}
    portions = list(settled_sets.portions(given))
    assert len(portions) == writes
    assert dict(pair for some in portions for pair in some.items()) == given


def test_a_chunk_that_is_in_the_set_counts_no_failures_later(cloud, plan):
    add(cloud, plan, c0=0)
    assert add(cloud, plan, c0=7).failed == 0


def test_what_is_missing_is_named_by_part(cloud, plan):
    add(cloud, plan, c0=0, c2=1)
    settled_sets.add_once(cloud.progress, settled_sets.shard_key(plan, 4), {10: 0})
    sets = settled_sets.read_sets(cloud.progress, plan)
    equity, scenario = plan.parts
    assert (sets.missing(equity), sets.missing(scenario)) == ([1, 3, 4, 5, 6], [7, 8, 9])
    assert (sets.settled(equity), sets.settled(scenario)) == (2, 1)
    assert (sets.chunks, sets.failed, sets.complete) == (3, 1, False)


def test_nothing_settled_reads_as_nothing(cloud, plan):
    sets = settled_sets.read_sets(cloud.progress, plan)
    assert (sets.chunks, sets.failed, sets.duplicates, sets.repeats, sets.first, sets.last) == (0, 0, 0, 0, "", "")
    assert sets.last_at(plan.parts[0]) == ""


def test_times_are_those_of_the_first_and_the_last_settlement(cloud, plan, monkeypatch):
    times = iter(["2026-01-01T10", "2026-01-01T11", "2026-01-01T12"])
    monkeypatch.setattr(settled_sets, "now", lambda: next(times))
    add(cloud, plan, c0=0)
    settled_sets.add_once(cloud.progress, settled_sets.shard_key(plan, 3), {7: 0})
    add(cloud, plan, c1=0)
    sets = settled_sets.read_sets(cloud.progress, plan)
    assert (sets.first, sets.last) == ("2026-01-01T10", "2026-01-01T12")
    assert [sets.last_at(one) for one in plan.parts] == ["2026-01-01T12", "2026-01-01T11"]


def test_the_digest_is_that_of_the_settled_numbers_in_order(cloud, plan):
    add(cloud, plan, c2=0, c0=0)
    expected = hashlib.sha256(b"0\n2\n").hexdigest()
    assert settled_sets.read_sets(cloud.progress, plan).digest == settled_sets.digest([0, 2]) == expected


def test_repeats_are_added_up_and_none_costs_no_write(cloud, plan):
    settled_sets.count_repeats(cloud.progress, plan, 0, 0)
    assert cloud.progress.scan()["Count"] == 0
    settled_sets.count_repeats(cloud.progress, plan, 2, 1)
    settled_sets.count_repeats(cloud.progress, plan, 1, 0)
    sets = settled_sets.read_sets(cloud.progress, plan)
    assert (sets.duplicates, sets.repeats) == (3, 1)


def test_runs_do_not_share_sets(cloud, plan):
    add(cloud, plan, c0=0)
    second = Plan("job", 2, "", plan.parts)
    assert settled_sets.read_sets(cloud.progress, second).chunks == 0


def test_more_rows_than_one_call_may_ask_for_are_all_read(cloud, monkeypatch):
    monkeypatch.setattr(plans, "SHARD_SIZE", 1)
    plan = Plan("job", 1, "", [part("equity", 250)])
    for chunk in (0, 120, 249):
        settled_sets.add_once(cloud.progress, settled_sets.shard_key(plan, chunk), {chunk: 0})
    sets = settled_sets.read_sets(cloud.progress, plan)
    assert set(range(250)) - set(sets.missing(plan.parts[0])) == {0, 120, 249}


def test_a_full_shard_is_kept_as_its_range_and_tells_the_same(cloud, plan):
    add(cloud, plan, c0=0, c1=2, c2=0)
    settled_sets.add_once(cloud.progress, settled_sets.shard_key(plan, 3), {8: 1})
    sets = settled_sets.read_sets(cloud.progress, plan)
    assert (sets.members[0], sets.members[3]) == (range(3), frozenset({8}))
    assert (sets.chunks, sets.failed, sets.digest) == (4, 3, settled_sets.digest([0, 1, 2, 8]))
    assert all("members" not in row for row in sets.rows.values())
