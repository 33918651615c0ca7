"""Where an engine keeps no record of its chunks, what has a result has settled."""

from itertools import pairwise

import pytest
from tests.samples import part

from finish_job import stored
from rollcall.barrier.settled_sets import read_sets
from rollcall.records.plans import Plan
from rollcall.records.results import result_key, write_once


@pytest.fixture
def place(cloud, monkeypatch):
    monkeypatch.setattr("rollcall.records.plans.SHARD_SIZE", 3)
    cloud.plan = Plan("job", 1, "", [part("equity", 4), part("bond", 5, 4, 2)], engine="events_per_item")
    return cloud


def store(place, *chunks: int, failed: int = 0, run: int = 1) -> None:
    for chunk in chunks:
        write_once(place.s3, place.bucket, result_key("job", run, chunk), ["{}"] * 10, failed)


def settle(place):
    stored.settle(place.plan, place.s3, place.bucket, place.progress)
    return read_sets(place.progress, place.plan)


def test_chunks_with_a_result_are_settled_with_their_failures_and_no_others(place):
    store(place, 0, 2, 3, 8)
    store(place, 5, failed=4)
    store(place, 1, run=2)
    sets = settle(place)
    assert [sets.missing(part) for part in place.plan.parts] == [[1], [4, 6, 7]]
    assert (sets.failed, sets.duplicates) == (4, 0)


def test_it_may_be_repeated_and_takes_in_what_came_meanwhile(place):
    seen = []
    for chunk in range(9):
        store(place, chunk, failed=1)
        seen.append(settle(place))
        assert settle(place).failed == chunk + 1
    assert seen[-1].complete
    assert all(before.chunks < after.chunks for before, after in pairwise(seen))


def test_a_run_without_any_result_has_settled_nothing(place):
    assert settle(place).chunks == 0
