"""What to do about chunks that have not settled in time."""

from dataclasses import dataclass, field
from datetime import datetime

from rollcall import deadlines
from rollcall.plans import Part, Plan
from rollcall.progress import SettledSets

HELD_UP = 3


@dataclass(frozen=True)
class Verdict:
    """Parts whose missing chunks are laid anew, and parts whose missing chunks fail.

    `sweeps` is how often in a row lost chunks have been laid anew then.
    """

    sweeps: int
    lay: list[Part] = field(default_factory=list)
    fail: list[Part] = field(default_factory=list)


def decide(row: dict, plan: Plan, sets: SettledSets, counts: dict[str, tuple[int, int]], now: datetime) -> Verdict:
    """Judge the overdue parts of a running job; `counts` are (waiting, in work) of their queues, by data type.

    Where the queue is empty the chunks are lost. Where it is not they may only be held up by others, so
    they are laid anew much later, and that is not counted. Chunks laid anew as often as their route
    allows attempts fail; a part given up once stays so.
    """
    lay, fail, lost = [], [], []
    late = deadlines.overdue(row, plan, sets, now)
    for part in plan.parts:
        given_up = given_up_name(plan, part) in row.get("given_up", ()) and sets.settled(part) < part.chunks
        is_lost = part in late and not any(counts[part.data_type])
        if given_up or (is_lost and sweeps_of(row, part, sets) >= part.max_attempts):
            fail.append(part)
        elif is_lost:
            lay.append(part)
            lost.append(sweeps_of(row, part, sets))
        elif part in late and held_up_for_long(row, part, sets, now):
            lay.append(part)
    return Verdict(1 + max(lost) if lost else int(row.get("sweeps", 0)), lay, fail)


def sweeps_of(row: dict, part: Part, sets: SettledSets) -> int:
    """How often in a row lost chunks were laid anew and nothing of this part settled since."""
    swept_at = row.get("swept_at", "")
    return int(row.get("sweeps", 0)) if swept_at and swept_at >= sets.last_at(part) else 0


def held_up_for_long(row: dict, part: Part, sets: SettledSets, now: datetime) -> bool:
    return now - deadlines.waiting_since(row, part, sets) > HELD_UP * deadlines.deadline(part)


def given_up_name(plan: Plan, part: Part) -> str:
    return f"{plan.run}/{part.data_type}"
