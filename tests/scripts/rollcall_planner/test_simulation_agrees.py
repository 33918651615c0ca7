"""The closed form against the same engines played event by event."""

from pathlib import Path
from statistics import mean

import pytest
from tests.scripts.rollcall_planner.simulation import simulate

from rollcall.engines import Engine
from rollcall_planner import Workload, load_profile, plan

PROFILES = {name: load_profile(name) for name in ("default", "small-region", "published-2022")}
INLINE = [Engine.MAP, Engine.MAP_IN_MAP, Engine.MAP_IN_PARALLEL, Engine.CALLBACK, Engine.EVENTS_PER_ITEM]
# items, chunk, seconds, concurrency
GRID = [
    (1, 1, 0.0, 40), (1, 1, 5.0, 1000), (10, 1, 1.0, 40), (40, 1, 5.0, 40), (100, 1, 0.0, 40), (100, 1, 1.0, 100),
    (500, 5, 1.0, 30), (1000, 1, 1.0, 40), (1000, 1, 1.0, 100), (1000, 1, 5.0, 1000), (1000, 7, 1.0, 30),
]  # fmt: skip
LARGE = [
    (Engine.EVENTS, 10_000, 1, 1.0, 1000), (Engine.EVENTS, 10_000, 10, 0.2, 200), (Engine.MAP, 3000, 1, 1.0, 40),
    (Engine.CALLBACK, 2500, 1, 0.2, 40), (Engine.MAP_IN_PARALLEL, 3000, 1, 1.0, 120),
    (Engine.MAP_IN_MAP, 2700, 1, 1.0, 400), (Engine.EVENTS_PER_ITEM, 3000, 1, 5.0, 1000),
    (Engine.DISTRIBUTED_MAP, 10_000, 1, 1.0, 1000), (Engine.CHUNKED, 10_000, 10, 1.0, 100),
]  # fmt: skip


def played(engine: Engine, workload: Workload, profile) -> float:
    """Mean makespan; pollers of the settlements queue come in any order, so `events` is played several times."""
    seeds = 4 if engine == Engine.EVENTS and workload.items <= 1000 else 1
    return mean(simulate(engine, workload, profile, seed)[0] for seed in range(seeds))


@pytest.mark.parametrize("engine", list(Engine))
@pytest.mark.parametrize("profile", ["default", "small-region"])
def test_every_engine_agrees_within_5_percent(engine, profile):
    found = {}
    for items, chunk, seconds, concurrency in GRID:
        workload = Workload(items, seconds, chunk, concurrency)
        planned = plan(workload, PROFILES[profile], engine).flow.makespan
        found[items, chunk, seconds, concurrency] = planned / played(engine, workload, PROFILES[profile]) - 1
    assert {case: error for case, error in found.items() if abs(error) > 0.05} == {}


@pytest.mark.parametrize("case", LARGE, ids=str)
def test_up_to_10_000_items(case):
    engine, items, chunk, seconds, concurrency = case
    workload = Workload(items, seconds, chunk, concurrency)
    made = plan(workload, PROFILES["default"], engine)
    makespan, peak = simulate(engine, workload, PROFILES["default"])
    assert made.flow.makespan == pytest.approx(makespan, rel=0.05)
    if seconds >= 1:
        assert made.peak_concurrency == pytest.approx(peak, rel=0.1)  # the plan counts an iteration, its Task included


@pytest.mark.parametrize("engine", INLINE)
@pytest.mark.parametrize("items", [1, 20, 40, 100, 200])
def test_the_published_engines_agree_too(engine, items):
    workload = Workload(items, 5.0, 1)
    planned = plan(workload, PROFILES["published-2022"], engine).flow.makespan
    assert planned == pytest.approx(played(engine, workload, PROFILES["published-2022"]), rel=0.05)


def test_containers_agree():
    for workload in (Workload(40, 20.0, 1, 10, target="fargate"), Workload(200, 60.0, 1, 150, target="fargate")):
        profile = PROFILES["default"].with_quotas(fargate_vcpus=120)
        planned = plan(workload, profile).flow.makespan
        assert planned == pytest.approx(played(Engine.EVENTS, workload, profile), rel=0.05)


def test_the_simulation_knows_no_formula_of_the_planner():
    source = "".join(Path(__file__).with_name(name).read_text() for name in ("simulation.py", "simulated_account.py"))
    assert "curves" not in source and "flow" not in source and "rollcall_planner.engines" not in source
