"""The barrier's protocol over all interleavings: never early, never twice, always released or named."""

import time

import pytest
from tests.protocol import barrier_scenarios as scenarios
from tests.protocol.barrier_scenarios import ARM, model, plan, small
from tests.protocol.explorer import explore
from tests.protocol.replay import Process
from tests.protocol.scenario import Budget, Scenario

BAD_LUCK = Budget(crashes=1, duplicates=1)
SCENARIOS = {
    "one chunk, calls repeated": lambda: small(1, Budget(crashes=1, repeats=1), {0: 2}),
    "two chunks of one shard, a sweeper racing": lambda: small(2, BAD_LUCK, {1: 2}),
    "two chunks of one shard, calls repeated": lambda: small(2, Budget(duplicates=1, repeats=1), {1: 2}),
    "three chunks of two shards": lambda: small(3, BAD_LUCK, {1: 2}, processes=(ARM,)),
    "three chunks, two to a batch": lambda: small(3, Budget(crashes=1), {1: 2}, processes=(ARM,), batch=2),
    "settlements lost after their tracker died": lambda: scenarios.dying(2, Budget(crashes=1, losses=2), {0: 2}),
    "failing fast": lambda: scenarios.dying(2, Budget(crashes=1, losses=2), {0: 2}, plan=plan(2, fail_fast=True)),
    "failing fast, within its tolerance": lambda: small(
        2, BAD_LUCK, {0: 2}, plan=plan(2, fail_fast=True, tolerance={"count": 2}), processes=(ARM,)
    ),
    "cancelled meanwhile": lambda: small(2, BAD_LUCK, {0: 2}, processes=(ARM, Process("cancel"))),
    "a redrive while settlements of the first run come": lambda: scenarios.redriven(BAD_LUCK),
    "a picked-up execution": lambda: scenarios.picked_up(Budget(crashes=1)),
    "settlements lost and swept": lambda: scenarios.swept(Budget(crashes=1, losses=1)),
    "chunks lost, a sweeper racing": lambda: scenarios.chunks_first(
        scenarios.swept(Budget(losses=1), Process("sweep"))
    ),
    "paused and resumed": lambda: scenarios.chunks_first(scenarios.paused(Budget())),
}

LONG = {  # tens of seconds each
    "two chunks of one shard, a sweeper racing",
    "two chunks of one shard, calls repeated",
    "failing fast",
    "chunks lost, a sweeper racing",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full) if name in LONG else name for name in SCENARIOS]
)
def test_no_interleaving_breaks_the_barrier(name, capsys):
    scenario: Scenario = SCENARIOS[name]()
    began = time.monotonic()
    explored = explore(model(scenario))
    with capsys.disabled():
        seconds = time.monotonic() - began
        print(f"\n{name}: {explored.states:,} states, {explored.steps:,} steps, {seconds:.1f} s", end=" ")
    assert explored.ends
