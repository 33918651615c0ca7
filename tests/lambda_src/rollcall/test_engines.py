"""What each engine can do, how much of it at once, and which one `auto` takes."""

import pytest
from tests.samples import part, route

from rollcall import engines
from rollcall.engines import Engine

ALL = list(Engine)
DRIVEN = [engine for engine in Engine if engine != Engine.EVENTS]
KEEP_HISTORY = [Engine.MAP, Engine.MAP_IN_MAP, Engine.MAP_IN_PARALLEL, Engine.CALLBACK, Engine.EVENTS_PER_ITEM]


@pytest.mark.parametrize("engine", KEEP_HISTORY)
def test_the_most_chunks_leave_room_for_seven_events_each_and_one_more_is_refused_with_both_numbers(engine):
    most = engines.most_chunks(engine)
    assert 7 * most + engines.EVENTS_A_JOB <= engines.HISTORY_EVENTS < 10 * (most + 1)
    assert engines.problems(engine, [part("equity", most)]) == []
    (problem,) = engines.problems(engine, [part("equity", most), part("bond", 1, most)])
    assert f"room for {most:,} chunks, and the job has {most + 1:,}; use --engine events or" in problem


@pytest.mark.parametrize("engine", [Engine.EVENTS, Engine.DISTRIBUTED_MAP, Engine.CHUNKED])
def test_engines_whose_chunks_leave_no_trace_take_any_number(engine):
    assert engines.problems(engine, [part("equity", 10_000_000)]) == []


@pytest.mark.parametrize("engine", DRIVEN)
def test_a_route_that_is_not_lambda_is_refused_by_name_by_all_but_events(engine):
    parts = [part("equity", 1), part("scenario", 1, 1, target="batch")]
    (problem,) = engines.problems(engine, parts)
    assert problem == (f"engine {engine} calls Lambda, and route 'scenario' runs on batch; use --engine events")
    assert engines.problems(Engine.EVENTS, parts) == []


@pytest.mark.parametrize("engine", DRIVEN)
def test_only_events_ends_a_job_early(engine):
    (problem,) = engines.problems(engine, [part("equity", 1)], fail_fast=True)
    assert "leave out --fail-fast or use --engine events" in problem
    assert engines.problems(Engine.EVENTS, [part("equity", 1)], fail_fast=True) == []


@pytest.mark.parametrize(
    ("engine", "allowed"),
    [
        (Engine.MAP, 40),
        (Engine.CALLBACK, 40),
        (Engine.EVENTS_PER_ITEM, 40),
        (Engine.MAP_IN_MAP, 1_600),
        (Engine.MAP_IN_PARALLEL, 1_600),
        (Engine.DISTRIBUTED_MAP, 10_000),
        (Engine.CHUNKED, 10_000),
    ],
)
def test_no_route_gets_more_at_once_than_it_allows_nor_a_map_more_than_aws_allows(engine, allowed):
    assert engines.concurrency(engine, [part("a", 1, max_concurrency=7), part("b", 1, max_concurrency=9)]) == 7
    assert engines.concurrency(engine, [part("a", 1, max_concurrency=50_000)]) == allowed


LARGE = [part("equity", 41, max_concurrency=50)]
SMALL = [part("equity", 40, max_concurrency=50)]
MIXED = [part("equity", 1), part("scenario", 1, 1, target="batch")]


@pytest.mark.parametrize(
    ("parts", "given", "engine", "why"),
    [
        (SMALL, {}, Engine.MAP, "40 chunks on Lambda, no more than an inline Map runs at once"),
        (LARGE, {}, Engine.EVENTS, "41 chunks, more than an inline Map may run at once"),
        (MIXED, {}, Engine.EVENTS, "2 chunks, not all on Lambda"),
        (SMALL, {"fail_fast": True}, Engine.EVENTS, "40 chunks, and only events fails fast"),
        (SMALL, {"rate": 2.5}, Engine.CHUNKED, "2.5 items a second are allowed, which only chunked keeps to"),
        (MIXED, {"rate": 2}, Engine.CHUNKED, "2 items a second are allowed, which only chunked keeps to"),
        (SMALL, {"deployed": [Engine.EVENTS]}, Engine.EVENTS, "40 chunks, and no engine map here for a small job"),
        ([], {}, Engine.EVENTS, "0 chunks, more than an inline Map may run at once"),
    ],
)
def test_auto_goes_by_size_targets_and_what_is_asked_for_and_says_so(parts, given, engine, why):
    assert engines.choose(parts, **{"rate": None, "deployed": ALL, **given}) == (engine, why)


@pytest.mark.parametrize(
    ("at_once", "size", "lanes"), [(1, 1, 1), (40, 40, 1), (41, 20, 2), (100, 33, 3), (1600, 40, 40)]
)
def test_lanes_hold_at_most_forty_units_and_together_run_no_more_than_allowed(at_once, size, lanes):
    units = [{"chunk": chunk} for chunk in range(2 * at_once + 1)]
    found, at_a_time = engines.lanes(units, at_once)
    assert [unit for slot in found for unit in slot] == units
    assert (len(found[0]), at_a_time) == (size, lanes)
    assert size * lanes <= at_once and max(map(len, found)) <= engines.INLINE_CONCURRENCY


def test_units_are_dealt_to_branches_evenly_and_a_branch_may_stay_empty():
    units = [{"chunk": chunk} for chunk in range(7)]
    branches = engines.dealt(units, 3)
    assert {name: [unit["chunk"] for unit in some] for name, some in branches.items()} == {
        "branch0": [0, 3, 6],
        "branch1": [1, 4],
        "branch2": [2, 5],
    }
    assert engines.dealt(units[:1], 3) == {"branch0": units[:1], "branch1": [], "branch2": []}


@pytest.mark.parametrize(
    ("rate", "at_once", "chunk"),
    [(0.001, 1, 1), (0.1, 6, 1), (0.5, 20, 1), (5, 20, 15), (1000, 20, 100), (None, 20, 100)],
)
def test_at_a_rate_every_chunk_gets_its_items_to_run_in_half_the_time_of_a_worker(rate, at_once, chunk):
    allowed = route("equity", max_concurrency=20, timeout_seconds=120, chunk_size=100)
    parts = part("equity", 9, max_concurrency=20, timeout_seconds=120), part("bond", 9, max_concurrency=20)
    assert engines.concurrency(Engine.CHUNKED, parts, rate) == at_once
    assert engines.chunk_size(Engine.CHUNKED, allowed, rate) == chunk
    assert engines.chunk_size(Engine.MAP, allowed, rate) == 1
