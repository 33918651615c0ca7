"""The judge misses nothing that must never happen, and accuses nobody without reason."""

from typing import Any

import pytest

from chaos.verdict import Judgement, judge_items, judge_releases, judge_traces
from chaos.workloads import Workload, workloads

ITEMS = {"a": {"id": "a"}, "b": {"id": "b", "fail": "no price"}, "c": {"id": "c", "die": True}}
BOOK = Workload("job", ITEMS)
RECEIPT = {"succeeded": 1, "failed": 2, "not_run": 0, "settled": 3, "expected": {"chunks": 3}}
GOOD = {"id": "a", "ok": True}
FAILED = {"id": "b", "ok": False, "error": {"type": "ValueError"}}
LOST_WORKER = {"id": "c", "ok": False, "error": {"type": "WorkerLost"}}
ROW = {"job_id": "job", "run": 1, "state": "PARTIAL", "timeline": [{"what": "dispatched"}]}


def found(lines: dict[int, list[dict]], workload: Workload = BOOK, **receipt) -> dict:
    judgement = Judgement("job")
    judge_items(judgement, workload, {**RECEIPT, **receipt}, lines)
    return dict(judgement.counts)


def test_items_that_ended_as_they_should_are_in_order():
    assert found({1: [GOOD, FAILED, LOST_WORKER]}) == {}


def test_an_item_without_a_result_is_lost():
    assert found({1: [GOOD, FAILED]}) == {"lost": 1}


def test_an_item_that_was_not_run_is_lost_unless_its_job_was_cancelled():
    counted = {"failed": 1, "not_run": 1}
    assert found({1: [GOOD, FAILED]}, **counted) == {"lost": 1}
    assert found({1: [GOOD, FAILED]}, Workload("job", ITEMS, cancelled=True), **counted) == {}


def test_an_item_answered_twice_in_one_run_is_counted_twice():
    assert found({1: [GOOD, GOOD, FAILED, LOST_WORKER]}) == {"counted_twice": 1}


def test_an_item_answered_again_by_a_redrive_is_not_counted_twice():
    assert found({1: [GOOD, FAILED, LOST_WORKER], 2: [FAILED]}) == {}


@pytest.mark.parametrize(("receipt", "what"), [({"succeeded": 2}, "counted_twice"), ({"succeeded": 0}, "lost")])
def test_a_receipt_that_does_not_count_every_item_once_is_found(receipt, what):
    assert found({1: [GOOD, FAILED, LOST_WORKER]}, **receipt) == {what: 1}


def test_poison_that_is_not_named_as_failed_is_undetected():
    assert found({1: [GOOD, {"id": "b", "ok": True}, LOST_WORKER]}) == {"undetected": 1}
    assert found({1: [{**FAILED, "id": "a"}, FAILED, LOST_WORKER]}) == {"undetected": 1}


def released(row: dict = ROW, **reported) -> dict:
    judgement = Judgement("job")
    judge_releases(judgement, row, {"early": [], "releases": {"job/1": 1}, **reported})
    return dict(judgement.counts)


def test_one_release_of_a_run_that_has_settled_is_in_order():
    assert released() == {}


def test_a_second_release_of_a_run_is_found():
    assert released(releases={"job/1": 2}) == {"released_twice": 1}


def test_an_early_release_is_found():
    assert released(early=["job/1: its token was sent with 2 chunks settled"]) == {"released_early": 1}
    assert released(early=["job-2/1: its token was sent with 2 chunks settled"]) == {}


def test_a_next_step_that_was_never_started_is_found():
    assert released(releases={}) == {"undetected": 1}
    assert released({**ROW, "state": "CANCELLED"}, releases={}) == {}


def traced(faults: list, timeline: Any = ROW["timeline"], **receipt) -> dict:
    judgement = Judgement("job")
    judge_traces(
        judgement, {**ROW, "timeline": timeline}, {**RECEIPT, "duplicates": 0, "attempts": 3, **receipt}, faults
    )
    return dict(judgement.counts)


def test_dropped_requests_must_show_as_a_sweep_or_a_second_dispatch():
    dropped = [["dropped", "Chunk Requested", "job/1", 1]]
    assert traced(dropped) == {"undetected": 1}
    assert traced(dropped, [{"what": "dispatched"}, {"what": "swept"}]) == {}


def test_doubled_settlements_and_killed_workers_must_show_in_the_receipt():
    faults = [["duplicated", "Chunk Settled", "job/1", 10], ["killed with chunks of", "route-probe", "job/1", 10]]
    assert traced(faults) == {"undetected": 2}
    assert traced(faults, duplicates=9, attempts=4) == {}


def test_the_three_jobs_have_all_items_and_poison_of_every_kind():
    some = workloads(7, 10_000)
    assert sum(len(workload.items) for workload in some) == 10_000
    assert [(workload.cancelled, workload.redriven) for workload in some] == [
        (False, False),
        (False, True),
        (True, False),
    ]
    poison = some[1].items.values()
    assert {item["data_type"] for item in poison if item.get("die")} == {"probe", "probe.fargate", "probe.batch"}
    assert sum("fail" in item for item in poison) == sum("tries" in item for item in poison) == 30
