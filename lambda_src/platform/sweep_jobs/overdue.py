"""What to do about chunks that have not settled in time."""

from dataclasses import dataclass, field
from datetime import datetime

from rollcall.barrier.settled_sets import SettledSets
from rollcall.dispatch import deadlines
from rollcall.dispatch.deadlines import given_up_name, sweeps_of
from rollcall.records.plans import Part, Plan
from rollcall.records.rows import JobRow

HELD_UP = 3


@dataclass(frozen=True)
class SweepDecision:
    """Parts whose missing chunks are enqueued again, and parts whose missing chunks fail.

    `sweeps` is how often in a row lost chunks have been enqueued again then.
    """

    sweeps: int
    enqueue: list[Part] = field(default_factory=list)
    fail: list[Part] = field(default_factory=list)


def decide(
    row: JobRow, plan: Plan, sets: SettledSets, counts: dict[str, tuple[int, int]], now: datetime
) -> SweepDecision:
    """Judge the overdue parts of a running job; `counts` are (waiting, in work) of their queues, by data type.

    Where the queue is empty the chunks are lost. Where it is not they may only be held up by others, so
    they are enqueued again much later, and that is not counted. Chunks enqueued again as often as their route
    allows attempts fail; a part given up once stays so.
    """
    enqueue, fail, lost = [], [], []
    late = deadlines.overdue(row, plan, sets, now)
    for part in plan.parts:
        given_up = given_up_name(plan, part) in row.get("given_up", ()) and sets.settled(part) < part.chunks
        is_lost = part in late and not any(counts[part.data_type])
        if given_up or (is_lost and sweeps_of(row, part, sets) >= part.max_attempts):
            fail.append(part)
        elif is_lost:
            enqueue.append(part)
            lost.append(sweeps_of(row, part, sets))
        elif part in late and held_up_for_long(row, part, sets, now):
            enqueue.append(part)
    return SweepDecision(1 + max(lost) if lost else row.get("sweeps", 0), enqueue, fail)


def held_up_for_long(row: JobRow, part: Part, sets: SettledSets, now: datetime) -> bool:
    return now - deadlines.waiting_since(row, part, sets) > HELD_UP * deadlines.deadline(part)
