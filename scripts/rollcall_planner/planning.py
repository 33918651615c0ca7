"""Plans: one engine's answer to a question, and all engines' side by side."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil, inf
from types import SimpleNamespace
from typing import Any

from rollcall.engines import Engine, choose
from rollcall_planner import costs, what_ifs
from rollcall_planner.assumptions import assumptions
from rollcall_planner.curves import Gate, Ramp
from rollcall_planner.engines import FLOWS
from rollcall_planner.flow import END, START, WORK, Flow
from rollcall_planner.idle import idle_usd_per_month
from rollcall_planner.limits import asked_for
from rollcall_planner.profiles import CASES, Profile
from rollcall_planner.refusals import cannot_start, refusals, warnings
from rollcall_planner.workload import Workload

CHUNKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
CHUNK_SECONDS = 30.0  # a chunk the planner chooses takes no longer: so much is repeated when a worker dies


@dataclass(frozen=True)
class Estimate:
    """What one engine makes of a workload; times in seconds from the start of the job to its end, money in USD."""

    engine: Engine
    workload: Workload
    profile: Profile
    refused: list[str]
    chunk_chosen: bool = False
    flows: dict[str, Flow] = field(default_factory=dict, repr=False)

    @property
    def flow(self) -> Flow | None:
        return self.flows.get("expected")

    @cached_property
    def makespan_s(self) -> dict[str, float | None]:
        """{"expected", "low", "high"}; None where not even one worker may run."""
        if not self.flows:
            return dict.fromkeys(CASES)
        by_case = {case: flow.makespan for case, flow in self.flows.items()}
        return {"expected": by_case["expected"], "low": min(by_case.values()), "high": max(by_case.values())}

    @cached_property
    def binding(self) -> dict:
        """{"limit", "from_s", "to_s", "share", "timeline"}: what holds the job longest, and what before and after.

        The last chunks' own duration binds only where it lasts twice as long as any limit.
        """
        if not self.flow:
            return {"limit": "no worker may run", "from_s": 0.0, "to_s": None, "share": 1.0, "timeline": []}
        spans = self.flow.timeline()
        held: dict[str, float] = {}
        for span in spans:
            held[span["limit"]] = held.get(span["limit"], 0.0) + span["to_s"] - span["from_s"]
        limits = {name: seconds for name, seconds in held.items() if name not in (START, WORK, END)}
        name = max(limits, key=lambda each: limits[each], default=WORK)
        if held.get(WORK, 0.0) > 2 * limits.get(name, 0.0):
            name = WORK
        own = [span for span in spans if span["limit"] == name]
        share = held.get(name, 0.0) / self.flow.makespan
        return {"limit": name, "from_s": own[0]["from_s"], "to_s": own[-1]["to_s"], "share": share, "timeline": spans}

    @cached_property
    def cost_usd(self) -> dict:
        if not self.flow:
            return costs.bill([], self.workload.items)
        return costs.bill(costs.lines(self.engine, self.workload, self.profile, self.flow), self.workload.items)

    @property
    def peak_concurrency(self) -> int:
        return self.flow.peak if self.flow else 0

    @property
    def utilisation(self) -> float:
        """The part of the paid-for worker places' time, from start to end, in which items run."""
        if not self.flow or not self.flow.makespan:
            return 0.0
        return self.workload.items * self.workload.seconds / (self.flow.peak * self.flow.makespan)

    @property
    def ideal_s(self) -> float | None:
        """ceil(items / concurrency) × seconds: what no engine can undercut; None where no worker may run."""
        at_once = asked_for(self.workload, self.profile)
        return ceil(self.workload.items / at_once) * self.workload.seconds if at_once else None

    @property
    def quotas(self) -> dict[str, dict]:
        """The quotas that the chunks meet: {name: {"value", "source"}}."""
        if not self.flow:
            return {}
        stage = self.flow.stage
        meeting: list[Gate | Ramp] = [*stage.gates, *stage.widths, *self.flow.behind]
        met = sorted({each.quota for each in meeting} - {""})
        return {name: {"value": self.profile.quotas[name], "source": self.profile.sources[name]} for name in met}

    def as_json(self) -> dict:
        return {
            "engine": self.engine.value,
            "items": self.workload.items,
            "seconds": self.workload.seconds,
            "chunk": self.workload.chunk_size,
            "chunk_chosen": self.chunk_chosen,
            "chunks": self.workload.chunks,
            "concurrency": asked_for(self.workload, self.profile),
            "target": self.workload.target,
            "profile": self.profile.name,
            "region": self.profile.region,
            "makespan_s": self.makespan_s,
            "ideal_s": self.ideal_s,
            "binding": self.binding,
            "utilisation": self.utilisation,
            "peak_concurrency": self.peak_concurrency,
            "cost_usd": self.cost_usd,
            "idle_usd_per_month": idle_usd_per_month(self.profile),
            "refused": self.refused,
            "quotas": self.quotas,
            "what_if": what_ifs.sentences(self.profile),
            "warnings": warnings(self.engine, self.workload, self.profile, self.flow) if self.flow else [],
            "assumptions": assumptions(self.engine, self.workload, self.profile),
        }


def plan(workload: Workload, profile: Profile, engine: Engine | str = Engine.EVENTS) -> Estimate:
    """What an engine makes of a workload. Where the workload names no chunk size, the fastest one is taken."""
    engine = Engine(engine)
    sized = workload.of(engine)
    if sized.chunk:
        return with_chunk(sized, profile, engine)
    best = min(
        with_every_chunk(sized, profile, engine),
        key=lambda each: (bool(each.refused), round(expected(each), 3), -each.workload.chunk_size),
    )
    return replace(with_chunk(best.workload, profile, engine), chunk_chosen=True)


def with_every_chunk(workload: Workload, profile: Profile, engine: Engine) -> list[Estimate]:
    """A plan, the expected case alone, for each chunk size worth trying."""
    return [
        with_chunk(replace(workload, chunk=chunk), profile, engine, only_expected=True)
        for chunk in chunk_sizes(workload)
    ]


def plan_all(workload: Workload, profile: Profile, engines: Iterable[Engine] = tuple(Engine)) -> list[Estimate]:
    """The plans of several engines, in the order of the enumeration."""
    return [plan(workload, profile, engine) for engine in engines]


def auto(workload: Workload, profile: Profile) -> Engine:
    """The engine that `auto` stands for, by the rule a submitted job's is chosen by."""
    part: Any = SimpleNamespace(
        chunks=workload.chunks, target=workload.target, max_concurrency=asked_for(workload, profile)
    )  # fmt: skip
    return choose([part], workload.rate, list(Engine))[0]


def with_chunk(workload: Workload, profile: Profile, engine: Engine, only_expected: bool = False) -> Estimate:
    if cannot_start(workload, profile):
        return Estimate(engine, workload, profile, refusals(engine, workload, profile))
    cases = CASES[:1] if only_expected else CASES
    flows = {case: FLOWS[engine](workload, profile.of(case)) for case in cases}
    return Estimate(engine, workload, profile, refusals(engine, workload, profile, flows["expected"]), flows=flows)


def chunk_sizes(workload: Workload) -> list[int]:
    """Sizes worth trying: 1, 2, 5, 10, … as long as a chunk takes no more than half a minute."""
    most = CHUNK_SECONDS / workload.seconds if workload.seconds else CHUNKS[-1]
    return [size for size in CHUNKS if size == 1 or size <= most]


def expected(made: Estimate) -> float:
    return made.flow.makespan if made.flow else inf
