"""Leases under clocks that differ, and a reservation whose answer got lost."""

from typing import Any

import pytest
from tests.protocol.database import Database, Table

from rollcall.dispatch.slots import HEARTBEAT_SECONDS, LEASE_SECONDS, Slots
from rollcall.events import WorkerRequested

HOUR = 3600.0


class Bus:
    def __init__(self):
        self.starts = 0

    def put_events(self, Entries):
        self.starts += len(Entries)
        return {"Entries": [{} for _ in Entries]}


def slots(table: Table, clock: float) -> Slots:
    return Slots(table, Bus(), "bus", lambda: clock)


def worker(name: str) -> WorkerRequested:
    return WorkerRequested("equity", 0, name, 1)


@pytest.mark.parametrize("apart", [LEASE_SECONDS - HEARTBEAT_SECONDS, -HOUR])
def test_a_slot_stays_its_workers_if_no_clock_is_ahead_by_more_than_a_lease_has_left(apart):
    """A lease that is renewed in time has twenty seconds left at least."""
    table = Database().workers
    assert slots(table, HOUR).claim(worker("first"), "task")
    assert slots(table, HOUR + apart).start_workers("equity", "lambda", 1, 1) == 0
    assert not slots(table, HOUR + apart).claim(worker("second"), "task")


def test_a_worker_whose_slot_was_given_away_by_a_wrong_clock_learns_it_from_its_next_heartbeat():
    table = Database().workers
    mine = slots(table, HOUR)
    assert mine.claim(worker("first"), "task")
    assert slots(table, 2 * HOUR).claim(worker("second"), "task")
    assert not mine.renew(worker("first"), [], [])
    assert not mine.release(worker("first"))


def test_a_reservation_the_sdk_repeats_still_starts_its_worker():
    database = Database()

    def twice(operation: str, request: str) -> str:
        if operation == "put_item":
            database.call(operation, request)
        return database.call(operation, request)

    mine: Any = slots(Table("workers", twice), HOUR)
    assert mine.start_workers("equity", "batch", 2, 2) == 2
    assert mine.events.starts == 2
