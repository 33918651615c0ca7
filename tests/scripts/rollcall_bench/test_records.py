"""A finished measurement is not made again, unless the system has changed or it is asked for."""

import json

import pytest

from rollcall_bench.benchmark import Benchmark
from rollcall_bench.grid import Cell, Planned
from rollcall_bench.records import Records
from rollcall_bench.summary import results

CELL, OTHER = Cell("events", 10, 1.0, 40), Cell("map", 10, 1.0, 40)
PLANNED = [Planned(CELL, 3), Planned(OTHER, 3)]


def measured(makespan_s: float, transitions: int = 9) -> dict:
    counts = {"states:StateTransition": transitions}
    return {"makespan_s": makespan_s, "peak_concurrency": 10, "mean_concurrency": 9.8, "counts": counts}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "runs.jsonl"


def missing(file, version: str = "v1") -> list[tuple[str, int]]:
    benchmark = Benchmark(PLANNED, Records(file, version), print)
    return [(str(cell.engine), run) for cell, run in benchmark.missing]


def test_an_interrupted_benchmark_goes_on_with_what_is_missing(file):
    records = Records(file, "v1")
    records.add(CELL, 1, measured(1.5))
    records.add(OTHER, 1, measured(1.5))
    records.add(CELL, 2, measured(1.5))
    assert missing(file) == [("map", 2), ("events", 3), ("map", 3)]


def test_it_tells_beforehand_what_is_known_and_how_long_the_rest_takes(file):
    benchmark = Benchmark(PLANNED, Records(file, "v1"), print)
    assert benchmark.announcement(benchmark.missing).startswith("measurements: 6, about 3 min")
    benchmark.records.add(CELL, 1, measured(1.5))
    assert "known: 1 (--fresh makes them again), about" in benchmark.announcement(benchmark.missing)
    assert benchmark.announcement([]).endswith("known: 6 (--fresh makes them again), about 0 s left")


def test_a_measurement_of_another_version_does_not_count(file):
    Records(file, "v1").add(CELL, 1, measured(1.5))
    assert ("events", 1) in missing(file, "v2") and ("events", 1) not in missing(file, "v1")


def test_half_a_line_of_a_killed_benchmark_is_forgotten(file):
    Records(file, "v1").add(CELL, 1, measured(1.5))
    whole = file.read_text()
    file.write_text(whole + whole[:40])
    Records(file, "v1").add(CELL, 2, measured(1.6))
    assert [json.loads(line)["run"] for line in file.read_text().splitlines()] == [1, 2]


def test_starting_over_forgets_the_cells_asked_for_and_no_others(file):
    records = Records(file, "v1")
    records.add(CELL, 1, measured(1.5))
    records.add(OTHER, 1, measured(1.5))
    records.forget([CELL])
    assert ("events", 1) in missing(file) and ("map", 1) not in missing(file)


def test_the_run_of_the_median_makespan_stands_for_its_cell(file):
    records = Records(file, "v1")
    for run, (makespan, transitions) in enumerate([(3.0, 30), (1.0, 10), (2.0, 20)], start=1):
        records.add(CELL, run, measured(makespan, transitions))
    (row,) = results(PLANNED, records)
    assert (row["engine"], row["items"], row["runs"]) == ("events", 10, 3)
    assert (row["makespan_s"], row["ideal_s"], row["overhead_s"]) == (2.0, 1.0, 1.0)
    assert row["calls"]["state_transitions"] == 20
    assert row["usd_per_million"] == pytest.approx(20 * 2.5e-5 / 10 * 1e6)
