"""Chunks are lost when nothing settles for long and no queue holds them; they fail when that repeats."""

from datetime import datetime, timedelta

import pytest
from tests.samples import part

from rollcall.barrier.settled_sets import SettledSets, shard_key
from rollcall.dispatch.deadlines import next_sweep
from rollcall.records.plans import Plan
from sweep_jobs.overdue import decide

START = datetime.fromisoformat("2026-01-01T12:00:00.000+00:00")
DEADLINE = 900 + 30 + 60


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


@pytest.fixture
def plan() -> Plan:
    return Plan("job", 1, "", [part("equity", 3), part("fx", 2, first_chunk=3, first_shard=1)])


@pytest.fixture
def row() -> dict:
    return {"partitioned_at": at(-10), "dispatched_at": at(0), "sweeps": 0}


def sets(plan: Plan, equity: tuple = (), fx: tuple = (), last_at: float = 0) -> SettledSets:
    rows = {shard_key(plan, n): {"last_at": at(last_at)} for n, members in enumerate((equity, fx)) if members}
    return SettledSets(plan, {0: frozenset(equity), 1: frozenset(fx)}, rows)


EMPTY = {"equity": (0, 0), "fx": (0, 0)}
BUSY = {"equity": (5, 1), "fx": (0, 1)}


def judge(row, plan, settled, seconds, counts=EMPTY) -> tuple[int, list[str], list[str]]:
    decision = decide(row, plan, settled, counts, START + timedelta(seconds=seconds))
    return decision.sweeps, [p.data_type for p in decision.enqueue], [p.data_type for p in decision.fail]


def test_nothing_is_done_before_the_deadline(row, plan):
    assert judge(row, plan, sets(plan), DEADLINE) == (0, [], [])


def test_after_the_deadline_chunks_that_no_queue_holds_are_laid_anew(row, plan):
    assert judge(row, plan, sets(plan), DEADLINE + 1) == (1, ["equity", "fx"], [])


def test_a_part_that_is_complete_or_has_just_settled_something_is_left_alone(row, plan):
    settled = sets(plan, equity=(0, 1, 2), fx=(3,), last_at=100)
    assert judge(row, plan, settled, DEADLINE + 50) == (0, [], [])
    assert judge(row, plan, settled, DEADLINE + 101) == (1, ["fx"], [])


def test_the_deadline_counts_from_the_last_sweep(row, plan):
    row |= {"swept_at": at(500), "sweeps": 1}
    assert judge(row, plan, sets(plan), DEADLINE + 499) == (1, [], [])
    assert judge(row, plan, sets(plan), DEADLINE + 501) == (2, ["equity", "fx"], [])


def test_a_dispatch_that_did_not_end_is_given_two_minutes_more(row, plan):
    del row["dispatched_at"]
    assert judge(row, plan, sets(plan), DEADLINE + 110) == (0, [], [])
    assert judge(row, plan, sets(plan), DEADLINE + 111) == (1, ["equity", "fx"], [])


def test_the_dispatch_of_an_earlier_run_does_not_count(row, plan):
    row |= {"partitioned_at": at(1000)}
    assert judge(row, plan, sets(plan), DEADLINE + 1119) == (0, [], [])


def test_chunks_that_may_only_be_held_up_wait_three_times_as_long_and_are_not_counted(row, plan):
    assert judge(row, plan, sets(plan), DEADLINE * 3, BUSY) == (0, [], [])
    assert judge(row, plan, sets(plan), DEADLINE * 3 + 1, BUSY) == (0, ["equity", "fx"], [])


def test_chunks_laid_anew_in_vain_as_often_as_attempts_are_allowed_fail(row, plan):
    row |= {"swept_at": at(0), "sweeps": 3}
    assert judge(row, plan, sets(plan), DEADLINE + 1) == (3, [], ["equity", "fx"])


def test_what_settles_after_a_sweep_makes_the_count_start_anew(row, plan):
    row |= {"swept_at": at(0), "sweeps": 3}
    settled = sets(plan, equity=(0,), last_at=10)
    assert judge(row, plan, settled, DEADLINE + 11) == (1, ["equity"], ["fx"])


def test_a_part_given_up_stays_given_up_until_all_its_chunks_have_failed(row, plan):
    row |= {"swept_at": at(0), "sweeps": 3, "given_up": ["1/fx", "2/equity"]}
    assert judge(row, plan, sets(plan, fx=(3,), last_at=5), 10) == (3, [], ["fx"])
    assert judge(row, plan, sets(plan, fx=(3, 4), last_at=5), 10) == (3, [], [])


def test_why_can_tell_when_chunks_become_overdue(row, plan):
    settled = sets(plan, equity=(0, 1, 2), fx=(3,), last_at=100)
    assert next_sweep(row, plan, settled) == {"fx": at(DEADLINE + 100)}
