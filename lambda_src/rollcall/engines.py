"""Engines: how a job's chunks reach compute, and how it is known that all have answered.

`events` is Rollcall's own. The others are patterns that Step Functions offers, kept to be compared with and for
what they are good at; each is a few states in `asl/engines`, between the same first and last states.
"""

from collections.abc import Iterable
from enum import StrEnum
from math import ceil
from typing import Protocol

from rollcall.routes import Route


class Engine(StrEnum):
    EVENTS = "events"
    MAP = "map"
    MAP_IN_MAP = "map_in_map"
    MAP_IN_PARALLEL = "map_in_parallel"
    CALLBACK = "callback"
    EVENTS_PER_ITEM = "events_per_item"
    DISTRIBUTED_MAP = "distributed_map"
    CHUNKED = "chunked"


AUTO = "auto"
DISTRIBUTED = (Engine.DISTRIBUTED_MAP, Engine.CHUNKED)
BY_ROUTE = (Engine.EVENTS, *DISTRIBUTED)  # chunks as large as the route says; the others take single items

# Source: Step Functions developer guide, "Service quotas" and "Map state".
INLINE_CONCURRENCY = 40
HISTORY_EVENTS = 25_000
STATE_BYTES = 262_144
EXPRESS_SECONDS = 300
DISTRIBUTED_CONCURRENCY = 10_000

# History events of one chunk: its iteration 2, its task 5 (with a task token 6), and one to spare for a retry.
EVENTS_A_CHUNK = {Engine.CALLBACK: 9}
USUAL_EVENTS = 8
EVENTS_A_JOB = 100


class Limits(Protocol):
    """What a route allows: workers at a time, and seconds of each."""

    @property
    def max_concurrency(self) -> int: ...
    @property
    def timeout_seconds(self) -> int: ...


class Share(Limits, Protocol):
    """What a choice of engine asks about the share of a job that one route gets, partitioned or foreseen."""

    @property
    def route(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def chunks(self) -> int: ...


def most_chunks(engine: Engine) -> int | None:
    """How many chunks one execution's history has room for; None where chunks leave no trace in it."""
    if engine in BY_ROUTE:
        return None
    events = EVENTS_A_CHUNK.get(engine, USUAL_EVENTS)
    if engine == Engine.MAP_IN_MAP:
        events += 1  # a slot's six, shared by its chunks: at least six of them but in the smallest jobs
    return (HISTORY_EVENTS - EVENTS_A_JOB) // events


def problems(engine: Engine, parts: Iterable[Share], fail_fast: bool = False) -> list[str]:
    """Why an engine cannot do a job, each with the number and what to do instead; [] when it can."""
    if engine == Engine.EVENTS:
        return []
    parts, found = list(parts), []
    for part in parts:
        if part.target != "lambda":
            found.append(
                f"engine {engine} calls Lambda, and route {part.route!r} runs on {part.target}; "
                f"use --engine {Engine.EVENTS}"
            )
    chunks, most = sum(part.chunks for part in parts), most_chunks(engine)
    if most is not None and chunks > most:
        found.append(
            f"engine {engine} keeps every chunk in one history of {HISTORY_EVENTS:,} events, room for {most:,} chunks, "
            f"and the job has {chunks:,}; use --engine {Engine.EVENTS} or {Engine.DISTRIBUTED_MAP}, or larger chunks"
        )
    if fail_fast:
        found.append(f"engine {engine} cannot end a job early; leave out --fail-fast or use --engine {Engine.EVENTS}")
    return found


def concurrency(engine: Engine, parts: Iterable[Share], rate: float | None = None) -> int:
    """How many chunks an engine may run at once, so that no route gets more than its max_concurrency.

    At a `rate` (items a second) no more than each get an item to run in half the time of a worker.
    """
    least = min(at_rate(part, rate)[0] if rate else part.max_concurrency for part in parts)
    if engine == Engine.MAP_IN_MAP or engine == Engine.MAP_IN_PARALLEL:
        return min(least, INLINE_CONCURRENCY**2)
    return min(least, DISTRIBUTED_CONCURRENCY if engine in DISTRIBUTED else INLINE_CONCURRENCY)


def at_rate(limits: Limits, rate: float) -> tuple[int, float]:
    """(chunks at once, items that begin in each of them in half the time of a worker) at so many items a second."""
    items = rate * limits.timeout_seconds / 2
    at_once = max(1, min(limits.max_concurrency, int(items)))
    return at_once, items / at_once


def chunk_size(engine: str, route: Route, rate: float | None) -> int:
    """Items a chunk where nobody says: at a rate no more than half the time of a worker allows."""
    if engine not in (AUTO, *BY_ROUTE):
        return 1
    return max(1, min(route.chunk_size, int(at_rate(route, rate)[1]))) if rate else route.chunk_size


def choose(
    parts: Iterable[Share], rate: float | None, deployed: Iterable[str], fail_fast: bool = False
) -> tuple[Engine, str]:
    """The engine for `auto`, and why, in one line; one that keeps to a rate is chosen even where it cannot do the job.

    How long items take and where they come from change nothing: partitioning has turned them into chunks.
    """
    parts, deployed = list(parts), set(deployed)
    chunks = sum(part.chunks for part in parts)
    size = f"{chunks:,} chunk" + "s" * (chunks != 1)
    if rate:
        return Engine.CHUNKED, f"{rate:g} items a second are allowed, which only {Engine.CHUNKED} keeps to"
    if any(part.target != "lambda" for part in parts):
        return Engine.EVENTS, f"{size}, not all on Lambda"
    if fail_fast:
        return Engine.EVENTS, f"{size}, and only {Engine.EVENTS} fails fast"
    if Engine.MAP not in deployed:
        return Engine.EVENTS, f"{size}, and no engine {Engine.MAP} here for a small job"
    if parts and chunks <= concurrency(Engine.MAP, parts):
        return Engine.MAP, f"{size} on Lambda, no more than an inline Map runs at once"
    return Engine.EVENTS, f"{size}, more than an inline Map may run at once"


def lanes(units: list[dict], at_once: int) -> tuple[list[list[dict]], int]:
    """(units dealt into lanes of at most 40 that run together, how many lanes run at once)."""
    lanes = ceil(at_once / INLINE_CONCURRENCY)
    size = at_once // lanes
    return [units[first : first + size] for first in range(0, len(units), size)], lanes


def dealt(units: list[dict], branches: int) -> dict[str, list[dict]]:
    """Units dealt to branches in turn, under the names the state machine knows: branch0, branch1, …"""
    return {f"branch{number}": units[number::branches] for number in range(branches)}
