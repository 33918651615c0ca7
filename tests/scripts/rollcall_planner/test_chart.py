"""A plan's picture names what binds."""

import pytest

from rollcall.engines import Engine
from rollcall_planner import Workload, load_profile, plan
from rollcall_planner.chart import draw


@pytest.mark.parametrize("engine", [Engine.EVENTS, Engine.EVENTS_PER_ITEM])
def test_the_chart_names_the_binding_limit_and_the_estimates(tmp_path, engine):
    made = plan(Workload(2000, 5.0, concurrency=100), load_profile(), engine)
    draw(made, tmp_path / "plan.svg")
    drawn = (tmp_path / "plan.svg").read_text()
    assert f"binding: {made.binding['limit']}" in drawn
    for words in ("expected:", "low:", "high:", "items done", "seconds since the start"):
        assert words in drawn


def test_progress_begins_at_none_ends_with_all_and_never_goes_back():
    for engine in Engine:
        flow = plan(Workload(3000, 1.0, 1, 50), load_profile(), engine).flow
        done = [flow.done(flow.makespan * i / 50) for i in range(51)]
        assert done[0] == 0 and done[-1] == 3000
        assert done == sorted(done)


def test_a_picture_as_png(tmp_path):
    draw(plan(Workload(10, 1.0), load_profile()), tmp_path / "plan.png")
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")
