"""Slots: never more workers than a route allows, whoever starts them; a dead one's slot is free after its lease."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError
from ministack.services.dynamodb import _item_size_bytes

from rollcall.dispatch.slots import LEASE_SECONDS, START_SECONDS, Slots
from rollcall.events import WorkerRequested

A, B = WorkerRequested("work", 0, "a", 1), WorkerRequested("work", 0, "b", 1)
OTHER = WorkerRequested("work", 1, "other", 1)


def test_filling_starts_as_many_as_wanted_and_not_more_than_there_are_slots(place):
    assert place.slots.start_workers("work", "lambda", 25, 12) == 12
    assert place.slots.start_workers("work", "lambda", 25, 100) == 13
    assert place.slots.start_workers("work", "lambda", 25, 100) == 0
    assert sorted(request.slot for request in place.bus.put) == list(range(25))
    assert place.slots.start_workers("other", "lambda", 2, 9) == 2
    assert place.slots.start_workers("work", "lambda", 25, 0) == 0


class Blind(Slots):
    """Has looked before the others wrote."""

    def live(self, route: str, max_concurrency: int) -> dict:
        return {}


def test_a_hundred_who_want_one_each_at_once_do_not_all_reach_for_the_same_slot(place):
    blind = Blind(place.cloud.workers, place.bus, "bus", place.clock)
    assert sum(blind.start_workers("work", "lambda", 100, 1) for _ in range(100)) > 40  # 63 on average


def test_two_who_fill_at_once_start_no_slot_twice(place):
    blind = Blind(place.cloud.workers, place.bus, "bus", place.clock)
    with ThreadPoolExecutor() as pool:
        started = list(pool.map(lambda _: blind.start_workers("work", "lambda", 20, 20), range(2)))
    assert sum(started) == 20
    assert sorted(request.slot for request in place.bus.put) == list(range(20))


def test_of_slots_reserved_together_only_the_taken_ones_are_not_started(place):
    for slot in (3, 7, 11):
        assert place.slots.claim(WorkerRequested("work", slot, "other", 1), "task")
    asked = [WorkerRequested("work", slot, f"worker {slot}", 1) for slot in range(10)]
    started = place.slots.start(asked, "lambda")
    assert [request.slot for request in started] == [0, 1, 2, 4, 5, 6, 8, 9]
    assert started == place.bus.put
    assert place.slots.row(WorkerRequested("work", 3, "other", 1))["phase"] == "working"
    assert place.slots.start(asked[3:4], "lambda") == []


class Refusing:
    """A workers table that refuses some writes first; `codes` are those of a transaction's items, or of one write."""

    name = "workers"

    def __init__(self, *refusals: list[str] | str):
        self.refusals, self.asked = list(refusals), []
        self.meta = self.client = self

    def transact_write_items(self, TransactItems: list[dict]) -> None:
        self.asked.append(len(TransactItems))
        if self.refusals:
            reasons = [{"Code": code} for code in self.refusals.pop(0)]
            refusal = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(refusal, "TransactWriteItems")

    def update_item(self, **_) -> None:
        self.asked.append(1)
        if self.refusals:
            raise ClientError({"Error": {"Code": self.refusals.pop(0)}}, "UpdateItem")


def test_reservations_that_meet_another_write_of_a_slot_are_tried_again(place):
    table = Refusing(["TransactionConflict", "None"], ["ConditionalCheckFailed", "None"])
    assert Slots(table, place.bus, "bus", place.clock).start([A, OTHER], "lambda") == [OTHER]
    assert table.asked == [2, 2, 1]


def test_a_table_without_room_for_reservations_is_an_error_and_starts_nobody(place):
    with pytest.raises(ClientError):
        Slots(Refusing(["ThrottlingError", "None"]), place.bus, "bus", place.clock).start([A, OTHER], "lambda")
    assert place.bus.put == []


def test_a_claim_that_meets_a_transaction_on_its_slot_is_made_again(place):
    table = Refusing("TransactionConflictException", "TransactionConflictException")
    assert Slots(table, place.bus, "bus", place.clock).claim(A, "task")
    assert table.asked == [1, 1, 1]
    with pytest.raises(ClientError):
        Slots(Refusing("InternalServerError"), place.bus, "bus", place.clock).claim(A, "task")


def test_an_event_that_was_put_names_a_reserved_slot(place):
    place.slots.start_workers("work", "fargate", 1, 1, attempt=2)
    (request,) = place.bus.put
    row = place.slots.row(request)
    assert (row["phase"], row["attempt"], row["target"]) == ("starting", 2, "fargate")
    assert row["expires_at"] == place.clock() + START_SECONDS["fargate"]


def test_a_reservation_is_claimed_once(place):
    place.slots.start_workers("work", "lambda", 1, 1)
    (request,) = place.bus.put
    assert place.slots.claim(request, "task")
    assert not place.slots.claim(request, "task")
    assert not place.slots.claim(A, "task")


def test_a_worker_too_late_for_its_reservation_takes_no_slot_from_another(place):
    place.slots.start_workers("work", "lambda", 1, 1)
    place.clock.now += START_SECONDS["lambda"] + 1
    assert place.slots.start_workers("work", "lambda", 1, 1) == 1
    late, again = place.bus.put
    assert not place.slots.claim(late, "task")
    assert place.slots.claim(again, "task")


@pytest.mark.parametrize(("seconds", "free"), [(0, False), (LEASE_SECONDS, False), (LEASE_SECONDS + 1, True)])
@pytest.mark.parametrize("fraction", [0.0, 0.9])
def test_a_slot_is_free_when_its_lease_is_over_and_all_agree_on_it(place, seconds, free, fraction):
    place.slots.claim(A, "task")
    place.clock.now += seconds + fraction
    assert (0 not in place.slots.live("work", 100)) == free
    assert place.slots.claim(B, "task") == free


def test_a_renewed_lease_lasts_on(place):
    place.slots.claim(A, "task")
    for _ in range(5):
        place.clock.now += 20
        assert place.slots.renew(A, ["job"], ["handle"])
    assert not place.slots.claim(B, "task")


def test_a_worker_learns_that_its_slot_is_lost(place):
    place.slots.claim(A, "task")
    place.clock.now += 60
    assert place.slots.claim(B, "task")
    assert not place.slots.renew(A, [], [])
    assert not place.slots.release(A)
    assert place.slots.row(A) is None
    assert place.slots.row(B)["worker"] == "b"


HANDLE = "h" * 412  # as long as those of SQS


@pytest.mark.parametrize("in_hand", [1, 2, 20])
def test_a_heartbeat_is_one_write_unit_however_many_chunks_are_in_hand(place, in_hand):
    request = WorkerRequested("d" * 64, 9_999, uuid4().hex, 3)
    place.slots.reserve([request], "fargate", place.slots.is_free())
    place.slots.claim(request, f"arn:aws:ecs:eu-central-1:123456789012:task/rollcall-production/{uuid4().hex}")
    assert place.slots.renew(request, ["j" * 72, "k" * 72], [HANDLE[:-2] + f"{n:02}" for n in range(in_hand)])
    row = place.slots.row(request)
    assert row["handles"] == [HANDLE[:-2] + f"{in_hand - 1:02}"]
    size = _item_size_bytes({name: TypeSerializer().serialize(value) for name, value in row.items()})
    assert size <= 1024


def test_renewing_with_more_jobs_in_hand_than_leave_room_keeps_no_handle(place):
    place.slots.claim(A, "task")
    assert place.slots.renew(A, [f"{n}{'j' * 70}" for n in range(5)], [HANDLE])
    row = place.slots.row(A)
    assert (len(row["jobs"]), row["handles"]) == (5, [])


def test_renewing_a_slot_given_up_makes_no_row(place):
    place.slots.claim(A, "task")
    assert place.slots.release(A)
    assert not place.slots.renew(A, [], [])
    assert place.slots.live("work", 100) == {}


def test_passing_on_starts_one_successor_in_the_same_slot(place):
    place.slots.claim(A, "task")
    place.slots.pass_on(A, "lambda")
    (successor,) = place.bus.put
    assert (successor.slot, successor.attempt, successor.worker != "a") == (0, 1, True)
    assert place.slots.start_workers("work", "lambda", 1, 1) == 0
    assert place.slots.claim(successor, "task")


def test_a_slot_that_is_lost_is_not_passed_on(place):
    place.slots.claim(A, "task")
    place.clock.now += 60
    place.slots.claim(B, "task")
    place.slots.pass_on(A, "lambda")
    assert place.bus.put == []
    assert place.slots.row(B)


def test_a_worker_that_never_worked_leaves_its_slot_as_if_not_begun(place):
    place.slots.claim(A, "task")
    place.slots.never_worked(A)
    assert place.slots.row(A)["phase"] == "starting"


def test_the_slots_of_a_large_route_are_spread_over_keys_and_all_found(place):
    assert place.slots.start_workers("work", "lambda", 250, 250) == 250
    assert sorted(place.slots.live("work", 250)) == list(range(250))
    assert {row["route"] for row in place.slots.live("work", 250).values()} == {"work/0", "work/1", "work/2"}


def test_slots_are_all_found_when_a_page_holds_only_some(place, monkeypatch):
    place.slots.start_workers("work", "lambda", 30, 30)
    query = place.cloud.workers.query
    monkeypatch.setattr(place.cloud.workers, "query", lambda **request: query(Limit=7, **request))
    assert sorted(place.slots.live("work", 30)) == list(range(30))


def test_a_slot_whose_starter_died_before_it_asked_for_a_worker_is_soon_free_again(place):
    place.slots.reserve([A], "batch", place.slots.is_free())
    place.clock.now += 331
    assert place.slots.live("work", 100) == {}


def test_a_slot_is_kept_for_a_worker_that_was_asked_for(place):
    place.slots.start_workers("work", "batch", 1, 1)
    place.clock.now += 331
    assert list(place.slots.live("work", 100)) == [0]
