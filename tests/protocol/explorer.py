"""Breadth-first search through every state a model can come into."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Protocol


class Model(Protocol):
    """States are values; equal states are one."""

    def start(self) -> Hashable: ...

    def successors(self, state) -> Iterable[tuple[object, Hashable]]:
        """(what happens, the state then) for everything that can happen next; nothing in an end state."""

    def wrong(self, state) -> str | None:
        """What is wrong with a state, if anything."""

    def wrong_at_end(self, state) -> str | None:
        """What is wrong with a state after which nothing happens any more."""


class Violation(AssertionError):
    """Raised with the shortest way to a wrong state."""


@dataclass(frozen=True)
class Explored:
    states: int
    steps: int
    ends: int


def explore(model: Model) -> Explored:
    """Look at every reachable state; raises Violation for the nearest wrong one."""
    start = model.start()
    came_from: dict = {start: None}
    steps = ends = 0
    front = [start]
    while front:
        reached = []
        for state in front:
            if problem := model.wrong(state):
                raise violation(problem, state, came_from)
            at_end = True
            for label, after in model.successors(state):
                at_end = False
                steps += 1
                if after not in came_from:
                    came_from[after] = (state, label)
                    reached.append(after)
            if at_end:
                ends += 1
                if problem := model.wrong_at_end(state):
                    raise violation(problem, state, came_from)
        front = reached
    return Explored(len(came_from), steps, ends)


def violation(problem: str, state, came_from: dict) -> Violation:
    way = []
    while came_from[state]:
        state, label = came_from[state]
        way.append(label)
    return Violation("\n".join([problem, "after:", *(f"  {step}" for step in map(told, reversed(way)))]))


def told(step: tuple) -> str:
    """Who did what, shortened to a line."""
    who, what, given = step
    return f"{who} {' '.join(map(str, what)) if isinstance(what, tuple) else what} {' '.join(map(str, given))}"[:400]
