"""What to do: which engine, chunk size and concurrency, where it breaks, and what reaches a wanted makespan."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from math import ceil, inf
from typing import Any

from rollcall.engines import Engine
from rollcall_planner.curves import Gate, Ramp
from rollcall_planner.engines import FLOWS
from rollcall_planner.planning import Estimate, expected, plan_all, with_chunk, with_every_chunk
from rollcall_planner.profiles import Profile
from rollcall_planner.refusals import cannot_start, refusals
from rollcall_planner.workload import Workload

UNLIMITED = 1e9
AS_GOOD = 1.05  # a plan within 5 % of the fastest, or a second, is as fast
SIZES = (*range(1, 21), 25, 30, 40, 50, 60, 80, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 2000, 5000, 10_000)
CONCURRENCY = "concurrency"


def recommend(workload: Workload, profile: Profile, plans: list[Estimate] | None = None) -> dict:
    """{"engine", "chunk", "concurrency", "makespan_s", "usd", "why"}; engine None where no engine can do the job."""
    free = replace(workload, chunk=None)
    plans = plans if plans and len(plans) == len(Engine) and free == workload else plan_all(free, profile)
    able = [made for made in plans if not made.refused and made.engine != Engine.EVENTS_PER_ITEM]
    if not able:
        return dict.fromkeys(("engine", "chunk", "concurrency", "makespan_s", "usd")) | {
            "why": "no engine can do this job"
        }
    fastest = min(map(expected, able))
    sized = chain(*(with_every_chunk(free.of(made.engine), profile, made.engine) for made in able))
    limit = max(fastest * AS_GOOD, fastest + 1.0)
    best = min(
        (made for made in sized if not made.refused and expected(made) <= limit),
        key=lambda made: (made.cost_usd["total"], expected(made)),
    )
    why = f"of all that take no longer than the fastest, {fastest:,.1f} s, and 5 % or 1 s more, it costs least"
    return {
        "engine": best.engine.value,
        "chunk": best.workload.chunk_size,
        "concurrency": least_concurrency(best),
        "makespan_s": expected(best),
        "usd": best.cost_usd["total"],
        "why": why,
    }


def least_concurrency(made: Estimate) -> int:
    """The smallest concurrency with which a plan takes no more than 5 % longer."""

    def enough(concurrency: int) -> bool:
        workload = replace(made.workload, concurrency=concurrency)
        return FLOWS[made.engine](workload, made.profile).makespan <= expected(made) * AS_GOOD

    return int(least(enough, 1, made.workload.concurrency or made.peak_concurrency))


def least(good: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest whole number from low to high for which `good` holds, if it holds from there on; else `high`."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle + 1, high)
    return high


def fails_from(made: Estimate, most: int = 10**10) -> dict | None:
    """The number of items from which the same plan cannot finish, and why: {"items", "reason"}."""

    def reasons(items: int) -> list[str]:
        return refusals(made.engine, replace(made.workload, items=items), made.profile)

    if not made.flow or not reasons(most):
        return None
    items = least(lambda count: bool(reasons(count)), 1, most)
    return {"items": items, "reason": reasons(items)[0]}


def reach(made: Estimate, within: float) -> dict:
    """How a plan comes to take `within` seconds at most.

    {"within_s", "reached", "smallest_chunk", "raise", "floor_s"}: the smallest chunk size that does with the quotas as
    they are, or None; the smallest raises that do with the chunk size as it is, each {"limit", "from", "to"};
    and the makespan that remains when everything that can be raised is unlimited.
    """
    floor = raised(made, dict.fromkeys(current(made), UNLIMITED))
    reached = expected(made) <= within and not made.refused
    answer: dict[str, Any] = {"within_s": within, "reached": reached, "floor_s": floor}
    answer["smallest_chunk"] = next(
        (size for size in SIZES if size <= made.workload.items and fits(made, size, within)), None
    )
    answer["raise"] = [] if reached or floor > within else raises(made, within)
    return answer


def fits(made: Estimate, chunk: int, within: float) -> bool:
    if cannot_start(made.workload, made.profile):
        return False
    tried = with_chunk(replace(made.workload, chunk=chunk), made.profile, made.engine, only_expected=True)
    return not tried.refused and expected(tried) <= within


def current(made: Estimate) -> dict[str, float]:
    """What can be raised of what a plan meets: soft quotas by name, and the concurrency if it was asked for."""
    flow = FLOWS[made.engine](made.workload, unlimited(made.profile)) if not made.flow else made.flow
    meeting: list[Gate | Ramp] = [*flow.stage.gates, *flow.stage.widths, *flow.behind]
    met = {each.quota for each in meeting} & made.profile.soft
    found = {name: made.profile.quotas[name] for name in sorted(met)}
    return found | ({CONCURRENCY: made.workload.concurrency} if made.workload.concurrency else {})


def unlimited(profile: Profile) -> Profile:
    return profile.with_quotas(**dict.fromkeys(profile.soft & profile.quotas.keys(), UNLIMITED))


def raised(made: Estimate, values: dict[str, float]) -> float:
    """The makespan with some limits at other values; a bucket grows with its rate."""
    quotas = {name: value for name, value in values.items() if name != CONCURRENCY}
    for name, value in list(quotas.items()):
        bucket = name.replace("_per_s", "_bucket")
        if name.endswith("_per_s") and bucket in made.profile.quotas:
            quotas[bucket] = max(made.profile.quotas[bucket], value)
    workload = replace(made.workload, concurrency=int(values.get(CONCURRENCY) or 0) or made.workload.concurrency)
    profile = made.profile.with_quotas(**quotas)
    return inf if cannot_start(workload, profile) else FLOWS[made.engine](workload, profile).makespan


def raises(made: Estimate, within: float) -> list[dict]:
    """The smallest raises: each limit's own need while the others are unlimited, and then as much more as all need."""
    now = current(made)
    needed = dict(now)
    for name, value in now.items():
        free = dict.fromkeys(now, UNLIMITED)

        def enough(tried: int, name: str = name, free: Any = free) -> bool:
            return raised(made, free | {name: tried}) <= within

        if not enough(int(value)):
            needed[name] = least(enough, int(value), int(UNLIMITED))
    while raised(made, needed) > within:
        grown = {name: ceil(value * 1.01) if value > now[name] else value for name, value in needed.items()}
        needed = grown if grown != needed else {name: ceil(value * 1.01) for name, value in needed.items()}
    return [{"limit": name, "from": now[name], "to": needed[name]} for name in now if needed[name] > now[name]]
