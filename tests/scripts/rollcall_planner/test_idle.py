"""What an environment costs at rest, against what the price list gives by hand."""

import pytest

from rollcall_planner import Workload, load_profile, plan
from rollcall_planner.display import words
from rollcall_planner.idle import idle_usd_per_month

PROFILE = load_profile()


def test_a_route_costs_the_polls_for_its_dead_letters():
    """Five long polls of 20 s each, all month, at $0.40 a million."""
    assert idle_usd_per_month(PROFILE)["a_route"] == pytest.approx(5 * 3 * 60 * 24 * 30.4375 * 0.4e-6)


def test_besides_there_are_settlements_the_undelivered_the_catch_all_and_a_sweep_a_minute():
    found = idle_usd_per_month(PROFILE)
    sweeps = 60 * 24 * 30.4375 * (0.2e-6 + 0.3 * 0.5 * 1.33334e-5)
    assert found["besides"] == pytest.approx(3 * found["a_route"] + sweeps)


def test_every_plan_says_what_its_environment_costs_at_rest():
    document = plan(Workload(100, 1.0, 1), PROFILE).as_json()
    assert document["idle_usd_per_month"] == idle_usd_per_month(PROFILE)
    assert "idle: USD 0.26 a month for each route, USD 0.89 besides" in words(document)
