"""The page and its charts show every engine and say what is modelled."""

from math import ceil
from xml.etree import ElementTree

import pytest

from rollcall.engines import Engine
from rollcall_bench import charts, report

SIZES = (1, 10, 100)
MADE = {"made": "2026-11-21", "cores": 2, "command": "rollcall bench --runs 3", "version": "v1"}


def row(engine: str, items: int, seconds: float, **more) -> dict:
    ideal = ceil(items / 40) * seconds
    return {
        "engine": engine,
        "jobs": 1,
        "items": items,
        "seconds": seconds,
        "work": "sleep",
        "concurrency": 40,
        "chunk": 1,
        "runs": 3,
        "makespan_s": ideal + 0.5,
        "ideal_s": ideal,
        "overhead_s": 0.5,
        "items_per_second": 20.0,
        "peak_concurrency": min(items, 40) if seconds else None,
        "mean_concurrency": None,
        "calls": dict.fromkeys(report.KINDS, 9),
        "usd_per_million": 27.5,
        "usd_per_million_by_service": dict.fromkeys(report.SERVICES, 5.5),
        "usd_per_million_rest": dict.fromkeys(report.REST, 1.0),
        **more,
    }


@pytest.fixture
def results() -> list[dict]:
    return [row(str(engine), items, seconds) for seconds in (0, 1) for items in SIZES for engine in Engine]


def test_a_folder_gets_the_data_the_page_and_the_charts(tmp_path, results):
    files = report.write(tmp_path, {**MADE, "results": results})
    assert {file.name for file in files} == {
        *("results.json", "benchmark.md"),
        *(f"benchmark-{name}.{kind}" for name in charts.TITLES for kind in ("svg", "png")),
    }
    page = (tmp_path / "benchmark.md").read_text()
    for name in charts.TITLES:
        assert f"(benchmark-{name}.svg)" in page
        texts = [
            text.text
            for text in ElementTree.parse(tmp_path / f"benchmark-{name}.svg").iter()
            if text.tag.endswith("text")
        ]
        assert set(Engine) <= set(texts)


def test_a_table_has_a_line_for_each_engine_and_a_column_for_each_size(results):
    more = row("events", 10_000, 1, makespan_s=251.25, peak_concurrency=40)
    page = report.as_markdown({**MADE, "results": [*results, more]}, {})
    lines = [line for line in page.splitlines() if line.startswith("| events |")]
    assert "| events | 1.50 (1) | 1.50 (10) | 3.50 (40) | 251.25 (40) |" in lines
    assert "| map | 1.50 (1) | 1.50 (10) | 3.50 (40) | – |" in page
    assert "| *ideal* | 1 | 1 | 3 | 250 |" in page


def test_the_page_tells_what_is_measured_and_what_is_modelled(results):
    page = report.as_markdown({**MADE, "results": results}, {})
    assert "Made 2026-11-21 on a machine with 2 cores by `rollcall bench --runs 3`." in page
    assert "**Measured**" in page and "**Modelled**" in page and report.MARK not in page


def test_one_size_makes_tables_but_no_charts(tmp_path):
    assert {file.name for file in report.write(tmp_path, {**MADE, "results": [row("events", 10, 0)]})} == {
        "results.json",
        "benchmark.md",
    }


def test_labels_keep_their_order_and_do_not_lie_on_each_other():
    placed = charts.apart({"a": 0.5, "b": 0.5, "c": 0.51, "d": 0.99}, room=0.05)
    heights = [placed[name] for name in "abcd"]
    assert heights == sorted(heights)
    assert min(upper - lower for lower, upper in zip(heights, heights[1:], strict=False)) >= 0.05 - 1e-9
    assert max(charts.apart({"a": 0.98, "b": 0.99, "c": 1.0}, room=0.05).values()) <= 1


def test_jobs_submitted_at_once_are_a_group_of_their_own_with_their_pace(results):
    many = row("events", 20, 0, chunk=20, jobs=100, jobs_per_second=2.5, control_invocations=5.4)
    page = report.as_markdown({**MADE, "results": [*results, many]}, {})
    assert (
        "### Items of 0 s, 40 at once, 20 a chunk, in 100 jobs submitted at once\n\nevents: 2.5 jobs a second, 5.4 "
        in page
    )
    assert page.count("jobs a second") == 1
    assert all(row["jobs"] == 1 for panel in charts.panels_of([*results, many]) for row in panel)
