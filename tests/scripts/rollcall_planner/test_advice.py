"""The targets, what is recommended, and what reaches a wanted makespan."""

import itertools
import sys

import pytest

from rollcall.engines import Engine
from rollcall_planner import Workload, auto, load_profile, plan, plan_all
from rollcall_planner.advice import current, raised, reach, recommend

PROFILE = load_profile()


def test_a_thousand_items_of_five_seconds_take_ten_seconds_at_most():
    made = plan(Workload(1000, 5.0, concurrency=1000), PROFILE)
    assert made.makespan_s["expected"] <= 10
    assert made.refused == []


def test_a_million_items_of_a_second_take_1030_seconds_at_most():
    made = plan(Workload(10**6, 1.0), PROFILE)
    assert made.makespan_s["expected"] <= 1030
    assert made.binding["limit"] == "Lambda account concurrency"
    assert plan(Workload(10**6, 1.0, chunk=1), PROFILE).makespan_s["expected"] <= 1030


def test_of_chunks_that_are_about_as_fast_large_ones_are_recommended_as_each_costs_a_put():
    advice, single = recommend(Workload(10**6, 1.0), PROFILE), plan(Workload(10**6, 1.0, chunk=1), PROFILE)
    assert advice["engine"] == "events" and advice["chunk"] >= 10
    assert advice["makespan_s"] <= single.makespan_s["expected"] * 1.05
    assert advice["usd"] < single.cost_usd["total"] - 5


def test_the_recommended_plan_is_as_fast_as_any_that_can_finish_and_safe():
    workload = Workload(10**5, 1.0)
    advice = recommend(workload, PROFILE)
    able = [made for made in plan_all(workload, PROFILE) if not made.refused and made.engine != Engine.EVENTS_PER_ITEM]
    assert advice["makespan_s"] <= 1.05 * min(made.makespan_s["expected"] for made in able)
    assert advice["engine"] == "events"
    again = plan(Workload(10**5, 1.0, advice["chunk"], advice["concurrency"]), PROFILE, advice["engine"])
    assert again.makespan_s["expected"] <= advice["makespan_s"] * 1.06


def test_the_smallest_raise_reaches_the_wanted_makespan_and_a_little_less_does_not():
    made = plan(Workload(10**6, 1.0, 20), PROFILE)
    advice = reach(made, 600)
    assert not advice["reached"] and advice["floor_s"] < 600
    needed = {each["limit"]: each["to"] for each in advice["raise"]}
    assert set(needed) == {"lambda_concurrency"}
    values = current(made) | needed
    assert raised(made, values) <= 600
    assert raised(made, values | {"lambda_concurrency": needed["lambda_concurrency"] * 0.98}) > 600


def test_the_concurrency_asked_for_and_the_accounts_are_raised_together():
    made = plan(Workload(10**5, 1.0, 20, concurrency=100), PROFILE)
    needed = {each["limit"]: each["to"] for each in reach(made, 60)["raise"]}
    assert set(needed) == {"concurrency", "lambda_concurrency"}
    assert needed["concurrency"] == pytest.approx(2000, rel=0.3)


def test_the_smallest_chunk_that_reaches_it_with_the_quotas_as_they_are():
    made = plan(Workload(10**6, 0.1, 1), PROFILE)
    advice = reach(made, 130)
    assert advice["smallest_chunk"] > 1
    fits = plan(Workload(10**6, 0.1, advice["smallest_chunk"]), PROFILE)
    assert fits.makespan_s["expected"] <= 130


def test_what_no_quota_can_reach_is_said():
    advice = reach(plan(Workload(100, 60.0, 1), PROFILE), 30)
    assert advice["raise"] == [] and advice["floor_s"] > 60


def test_auto_is_the_engine_a_submitted_job_would_get():
    assert auto(Workload(20, 1.0, 1, 40), PROFILE) == Engine.MAP
    assert auto(Workload(2000, 1.0, 1, 40), PROFILE) == Engine.EVENTS
    assert auto(Workload(20, 1.0, 1, 40, target="batch"), PROFILE) == Engine.EVENTS
    assert auto(Workload(2000, 1.0, 10, 40, rate=5.0), PROFILE) == Engine.CHUNKED


def test_a_hundred_million_items_by_all_engines_are_planned_by_hardly_more_calls_than_a_million():
    def calls(items: int) -> int:
        count = itertools.count()
        sys.setprofile(lambda _, kind, __: kind == "call" and next(count))
        try:
            plans = [made.as_json() for made in plan_all(Workload(items, 1.0), PROFILE)]
        finally:
            sys.setprofile(None)
        assert len(plans) == len(Engine)
        return next(count)

    assert calls(10**8) < 1.1 * calls(10**6)


def test_a_small_region_has_its_own_quotas():
    small = load_profile("small-region")
    assert (small.quotas["put_events_per_s"], small.quotas["start_execution_per_s"]) == (400, 150)
    assert load_profile("default", "eu-central-1").quotas["put_events_per_s"] == 2400
    assert load_profile("default", "ap-east-1").quotas["rule_invocations_per_s"] == 1100
    workload = Workload(50_000, 0.0, 1)
    slow, fast = (
        plan(workload, profile, Engine.EVENTS_PER_ITEM).makespan_s["expected"] for profile in (small, PROFILE)
    )
    assert slow > 1.1 * fast
