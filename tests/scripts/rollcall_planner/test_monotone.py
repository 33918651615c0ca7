"""More concurrency is never slower, more items are never faster, and low, expected and high are in order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.engines import Engine
from rollcall_planner import Workload, load_profile, plan

PROFILES = {name: load_profile(name) for name in ("default", "small-region")}
ENGINES = st.sampled_from(list(Engine))
ITEMS = st.one_of(st.integers(1, 300), st.integers(1, 10**8))
SECONDS = st.sampled_from([0.0, 0.01, 0.3, 1.0, 5.0, 60.0])
CHUNKS = st.sampled_from([1, 3, 10, None])
CONCURRENCY = st.one_of(st.integers(1, 200), st.integers(1, 5000))
# How long the last settlements wait for their batch depends on how close together they come: with `events` a job that
# is done sooner may wait a little longer.
SLACK = {Engine.EVENTS: 1.02}
EXACT = 1 + 1e-6


def makespan(engine, items, seconds, chunk, concurrency, profile):
    return plan(Workload(items, seconds, chunk, concurrency), PROFILES[profile], engine).makespan_s["expected"]


@settings(max_examples=120)
@given(ENGINES, ITEMS, SECONDS, CHUNKS, CONCURRENCY, CONCURRENCY, st.sampled_from(list(PROFILES)))
def test_more_concurrency_is_never_slower(engine, items, seconds, chunk, a, b, profile):
    less, more = sorted((a, b))
    slower = makespan(engine, items, seconds, chunk, less, profile)
    assert makespan(engine, items, seconds, chunk, more, profile) <= slower * SLACK.get(engine, EXACT)


@settings(max_examples=120)
@given(ENGINES, ITEMS, ITEMS, SECONDS, CHUNKS, CONCURRENCY, st.sampled_from(list(PROFILES)))
def test_more_items_are_never_faster(engine, a, b, seconds, chunk, concurrency, profile):
    fewer, more = sorted((a, b))
    longer = makespan(engine, more, seconds, chunk, concurrency, profile)
    assert makespan(engine, fewer, seconds, chunk, concurrency, profile) <= longer * SLACK.get(engine, EXACT)


@settings(max_examples=60)
@given(ENGINES, ITEMS, SECONDS, CHUNKS, CONCURRENCY)
def test_the_estimates_are_in_order_and_no_engine_undercuts_the_ideal(engine, items, seconds, chunk, concurrency):
    made = plan(Workload(items, seconds, chunk, concurrency), PROFILES["default"], engine)
    assert 0 < made.makespan_s["low"] <= made.makespan_s["expected"] <= made.makespan_s["high"]
    if engine != Engine.EVENTS_PER_ITEM:  # which does not keep to a concurrency
        assert made.makespan_s["expected"] >= made.workload.items * seconds / min(concurrency, 1000) * (1 - 1e-6)
    assert 0 <= made.utilisation <= 1 + 1e-6


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_seconds_are_seconds(seconds):
    """Twice the seconds of long items take twice as long."""
    once = makespan(Engine.EVENTS, 100_000, seconds * 10, 1, 100, "default")
    twice = makespan(Engine.EVENTS, 100_000, seconds * 20, 1, 100, "default")
    assert twice / once == pytest.approx(2, rel=0.02)
