"""How long the platform waits before it intervenes, and how often it does."""

from datetime import datetime, timedelta

from rollcall.barrier.settled_sets import SettledSets
from rollcall.dispatch.slots import LEASE_SECONDS
from rollcall.records.plans import Part, Plan
from rollcall.records.rows import JobRow

SPARE_SECONDS = 60
DISPATCH_SECONDS = 120
MOST_RESTARTS = 3


def deadline(part: Part) -> timedelta:
    """How long nothing of a part may settle: a worker's longest life, its chunks' return, and some time to spare."""
    return timedelta(seconds=part.timeout_seconds + LEASE_SECONDS + SPARE_SECONDS)


def waiting_since(row: JobRow, part: Part, sets: SettledSets) -> datetime:
    """When something last happened to a part: a settlement, a dispatch or a sweep."""
    partitioned, dispatched = row["partitioned_at"], row.get("dispatched_at", "")
    happened = [datetime.fromisoformat(at) for at in (sets.last_at(part), row.get("swept_at", "")) if at]
    if dispatched >= partitioned:
        return max([datetime.fromisoformat(dispatched), *happened])
    return max([datetime.fromisoformat(partitioned) + timedelta(seconds=DISPATCH_SECONDS), *happened])


def next_sweep(row: JobRow, plan: Plan, sets: SettledSets) -> dict[str, str]:
    """When each data type that misses chunks becomes overdue, ISO 8601 in UTC, if nothing of it settles before."""
    return {
        part.data_type: (waiting_since(row, part, sets) + deadline(part)).isoformat(timespec="milliseconds")
        for part in plan.parts
        if sets.settled(part) < part.chunks
    }


def overdue(row: JobRow, plan: Plan, sets: SettledSets, now: datetime) -> list[Part]:
    """The parts that miss chunks and of which nothing has settled for longer than their deadline."""
    missing = next_sweep(row, plan, sets)
    return [p for p in plan.parts if p.data_type in missing and now > datetime.fromisoformat(missing[p.data_type])]


def sweeps_of(row: JobRow, part: Part, sets: SettledSets) -> int:
    """How often in a row lost chunks were enqueued again and nothing of this part settled since."""
    swept_at = row.get("swept_at", "")
    return row.get("sweeps", 0) if swept_at and swept_at >= sets.last_at(part) else 0


def given_up_name(plan: Plan, part: Part) -> str:
    return f"{plan.run}/{part.data_type}"
