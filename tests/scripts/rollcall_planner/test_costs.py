"""Costs per million items, against what the price list gives by hand."""

import pytest

from rollcall.engines import Engine
from rollcall_planner import Workload, load_profile, plan

MILLION = 10**6
PROFILE = load_profile()


def orchestration(engine, seconds, chunk, items=MILLION, **options) -> float:
    return plan(Workload(items, seconds, chunk, **options), PROFILE, engine).cost_usd["per_million_items"][
        "orchestration"
    ]


@pytest.mark.parametrize(
    ("engine", "seconds", "chunk", "options", "usd"),
    [
        (Engine.EVENTS_PER_ITEM, 1.0, 1, {}, 102.65),
        (Engine.MAP, 1.0, 1, {}, 25.03),
        (Engine.MAP_IN_MAP, 1.0, 1, {}, 25.65),
        (Engine.CALLBACK, 1.0, 1, {}, 26.03),
        (Engine.DISTRIBUTED_MAP, 1.0, 1, {}, 27.04),
        (Engine.DISTRIBUTED_MAP, 1.0, 1, {"timeout_s": 900}, 50.00),
        (Engine.DISTRIBUTED_MAP, 0.3, 100, {}, 0.57),
        (Engine.DISTRIBUTED_MAP, 0.3, 100, {"timeout_s": 900}, 0.50),
        (Engine.CHUNKED, 1.0, 1, {}, 50.00),
        (Engine.CHUNKED, 1.0, 1, {"rate": 5.0}, 50.63),
    ],
)
def test_the_compared_engines_cost_what_their_structure_says(engine, seconds, chunk, options, usd):
    assert orchestration(engine, seconds, chunk, **options) == pytest.approx(usd, abs=0.005, rel=0.005)


def test_events_costs_at_most_60_cents_a_million_with_one_item_a_chunk_and_2_cents_with_a_hundred():
    assert 0.1 < orchestration(Engine.EVENTS, 0.0, 1) <= 0.60
    assert 0.001 < orchestration(Engine.EVENTS, 0.0, 100) <= 0.02


def test_workers_and_storage_have_lines_of_their_own():
    cost = plan(Workload(MILLION, 1.0, 100, memory_mb=1024), PROFILE).cost_usd
    by_what = {line["what"]: line for line in cost["lines"]}
    compute = by_what["calculation, 1024 MB"]
    assert compute["group"] == "workers"
    assert compute["quantity"] == pytest.approx(10_000 * 100.06)
    assert compute["usd"] == pytest.approx(10_000 * 100.06 * 1.66667e-05)
    assert by_what["results, a PUT a chunk"]["usd"] == pytest.approx(10_000 * 0.005 / 1000)
    merge = by_what["merge_results, 1,769 MB"]
    assert (merge["group"], merge["quantity"]) == ("storage", pytest.approx(10_000 * 0.00128 * 1769 / 1024))
    assert cost["storage"] == pytest.approx(10_000 * (0.005 + 2 * 0.0004) / 1000 + merge["usd"])


def test_the_parts_add_up():
    for engine in Engine:
        cost = plan(Workload(5000, 0.5, 10), PROFILE, engine).cost_usd
        parts = cost["orchestration"] + cost["workers"] + cost["storage"]
        assert cost["total"] == pytest.approx(parts) == pytest.approx(sum(cost["by_service"].values()))
        assert cost["total"] == pytest.approx(sum(line["usd"] for line in cost["lines"]))
        assert cost["per_million_items"]["total"] == pytest.approx(cost["total"] * 200)


def test_a_container_is_paid_by_vcpu_and_memory_for_a_minute_at_least():
    cost = plan(Workload(6, 1.0, 1, target="fargate", vcpus=1, memory_mb=2048), PROFILE).cost_usd
    assert cost["by_service"]["fargate"] == pytest.approx(6 * 60 / 3600 * (0.04048 + 2 * 0.004445 + 0.005))
    starts = [each for each in cost["lines"] if each["what"].startswith("start_tasks")]
    assert [each["quantity"] for each in starts] == pytest.approx([6, 6 * 0.5 * 0.25])
    spot = plan(Workload(6, 1.0, 1, target="fargate", vcpus=1, memory_mb=2048, spot=True), PROFILE).cost_usd
    assert spot["by_service"]["fargate"] < cost["by_service"]["fargate"]
