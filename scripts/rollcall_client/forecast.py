"""What a job will take, told before it is submitted: its own items, its environment's routes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rollcall import engines
from rollcall.engines import AUTO, Engine
from rollcall.errors import InputRefused
from rollcall.routes import UNROUTED, Route
from rollcall_client.environment import Environment
from rollcall_planner import Estimate, Workload, load_profile, plan


@dataclass(frozen=True)
class Share:
    """What one route gets of a job; `items` of it in `chunks` of at most `chunk_size`."""

    route: str
    target: str
    items: int
    chunk_size: int
    max_concurrency: int
    timeout_seconds: int

    @property
    def chunks(self) -> int:
        return -(-self.items // self.chunk_size)


@dataclass(frozen=True)
class Forecast:
    """The engine a job will have, why if it was left to Rollcall, and a plan for each route if durations are known.

    `deadline_seconds` is how long the job may take, None for any time.
    """

    engine: Engine
    why: str
    shares: list[Share]
    plans: dict[str, Estimate]
    deadline_seconds: int | None = None

    @property
    def cannot_finish(self) -> list[str]:
        refused = [f"route {route}: {reason}" for route, made in self.plans.items() for reason in made.refused]
        return refused + [
            f"route {route}: by plan it takes {least:,.0f} s at least, and the job's deadline is "
            f"{self.deadline_seconds:,} s; raise its max_concurrency or the deadline"
            for route, made in self.plans.items()
            if self.deadline_seconds and (least := made.makespan_s["low"] or 0) > self.deadline_seconds
        ]


def forecast(env: Environment, counts: Counter[str], terms: Any, seconds: float | None) -> Forecast:
    """The plan of a job with so many items of each data type, each taking `seconds`, or None if that is not known.

    Routes are planned one by one, as if each had the account to itself. Raises InputRefused when the engine
    cannot do the job, as partitioning would.
    """
    shares = list(shares_of(counts, env.routes, terms))
    engine, why = terms.engine, ""
    if engine == AUTO:
        engine, why = engines.choose(shares, terms.rate, env.deployment.engines)
    engine = Engine(engine)
    if found := engines.problems(engine, shares, terms.fail_fast):
        raise InputRefused(found)
    if seconds is None:
        return Forecast(engine, why, shares, {})
    profile = load_profile("default", env.deployment.region)
    plans = {share.route: plan(workload(share, seconds, terms.rate), profile, engine) for share in shares}
    return Forecast(engine, why, shares, plans, terms.deadline_seconds)


def shares_of(counts: Counter[str], routes: dict[str, Route], terms: Any) -> Iterator[Share]:
    by_route: Counter[str] = Counter()
    for data_type, items in counts.items():
        by_route[data_type if data_type in routes else UNROUTED] += items
    for name, items in by_route.items():
        route = routes[name]
        size = terms.chunk_size or engines.chunk_size(terms.engine, route, terms.rate)
        yield Share(name, route.target, items, size, route.max_concurrency, route.timeout_seconds)


def workload(share: Share, seconds: float, rate: float | None) -> Workload:
    return Workload(
        share.items,
        seconds,
        share.chunk_size,
        share.max_concurrency,
        target=share.target,
        timeout_s=share.timeout_seconds,
        rate=rate,
    )
