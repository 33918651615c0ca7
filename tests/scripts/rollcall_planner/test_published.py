"""The profile published-2022 against the measurements it was fitted on, and against rows it was not fitted on."""

import csv
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median

import pytest

from rollcall.engines import Engine
from rollcall_planner import Workload, load_profile, plan

SECONDS = 5.0
with (Path(__file__).parent / "engine-measurements.csv").open() as stream:
    ROWS = [
        (Engine(row["engine"]), int(row["items"]), int(row["median_ms"]) / 1000)
        for row in csv.DictReader(line for line in stream if not line.startswith("#"))
    ]


def error(profile, engine, items, measured) -> float:
    return plan(Workload(items, SECONDS, 1), profile, engine).flow.makespan / measured - 1


def test_the_published_rows_are_met():
    profile = load_profile("published-2022")
    errors = [abs(error(profile, *row)) for row in ROWS]
    assert len(errors) == 35
    assert median(errors) <= 0.10
    assert max(errors) <= 0.25


def tried(profile, **values):
    return replace(profile, given=profile.given | {name: [value] * 3 + ["tried"] for name, value in values.items()})


def best(profile, rows, **ranges):
    """The values of some parameters that bring the least mean error over the rows."""
    choices = [dict(zip(ranges, values, strict=True)) for values in product(*ranges.values())]
    return min(choices, key=lambda each: sum(abs(error(tried(profile, **each), *row)) for row in rows))


def test_parameters_fitted_on_up_to_100_items_foretell_200():
    """So what was fitted is a cause, not a curve: windows and hand-over hold without the largest rows."""
    profile = load_profile("published-2022")
    fitted = {}
    for engines, ranges in (
        ((Engine.MAP,), {"map_window": (16, 18, 20, 22, 24), "task_overhead": (0.0, 0.1, 0.2)}),
        ((Engine.MAP_IN_MAP, Engine.MAP_IN_PARALLEL), {"map_handover": (0.0, 0.3, 0.6, 0.8, 0.95, 1.1, 1.4)}),
        ((Engine.EVENTS_PER_ITEM,), {"async_start": (20, 24, 28, 32), "async_per_s": (0.0, 0.15, 0.3, 0.6)}),
    ):
        few = [row for row in ROWS if row[0] in engines and row[1] <= 100]
        fitted |= best(tried(profile, **fitted), few, **ranges)
    left_out = {row[0]: error(tried(profile, **fitted), *row) for row in ROWS if row[1] == 200}
    assert 18 <= fitted["map_window"] <= 22
    assert len(left_out) == 5
    assert max(map(abs, left_out.values())) <= 0.25, left_out
    assert median(map(abs, left_out.values())) <= 0.10, left_out


@pytest.mark.parametrize("engine", sorted({row[0] for row in ROWS}))
def test_beyond_the_measurements_more_items_take_longer_and_in_proportion(engine):
    profile = load_profile("published-2022")
    times = [plan(Workload(items, SECONDS, 1), profile, engine).flow.makespan for items in (200, 500, 700, 1000, 2000)]
    assert times == sorted(times)
    assert times[-1] / times[0] < 25, "ten times the items take no more than 25 times as long"
