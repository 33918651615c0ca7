"""From where the barrier's protocol is explored, and what a state of it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.protocol.database import Rows
from tests.protocol.replay import Process

from rollcall.records import plans


class Budget(NamedTuple):
    """How often each misfortune may still happen."""

    crashes: int = 0
    duplicates: int = 0
    repeats: int = 0
    losses: int = 0

    def less(self, name: str) -> "Budget":
        return self._replace(**{name: getattr(self, name) - 1})


class State(NamedTuple):
    """Everything there is. `pending` are bodies of messages that must still be delivered, `taken` the tokens with
    what they released, `lost` the bodies that will never come."""

    rows: Rows
    pending: tuple[str, ...]
    processes: tuple[Process, ...]
    budget: Budget
    taken: tuple[tuple[str, str], ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A start and what may happen from there. `plans` by run; `tokens` by name: the run a living token releases.

    `consumers` says which action takes a message, by its detail-type, and how many of it run at once.
    `guards` hold a process back until they hold of a state; `afterwards` gives what follows the end of an action.
    """

    plans: dict[int, plans.Plan]
    rows: Rows
    messages: tuple[str, ...]
    processes: tuple[Process, ...]
    budget: Budget
    failures: dict[tuple[int, int], int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=lambda: {"token": 1})
    batch: int = 1
    consumers: dict[str, tuple[str, int]] = field(default_factory=lambda: {"Chunk Settled": ("track", 2)})
    guards: dict[str, Callable[[State], bool]] = field(default_factory=dict)
    afterwards: dict[str, Callable[[Process, object], tuple[tuple[str, ...], tuple[Process, ...]]]] = field(
        default_factory=dict
    )
    named: bool = True  # whether a loss may leave the job waiting, with its missing chunks named
