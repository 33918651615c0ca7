"""What a state machine goes by: every chunk as one unit, in the shape its engine's states want."""

import json

import pytest
from tests.samples import ACCEPTED, route

from partition_job.partition import Partitioner
from rollcall.engines import Engine
from rollcall.errors import InputRefused
from rollcall.intake.manifests import read_chunk
from rollcall.records import jobs as job_record

ALL = list(Engine)
INLINE = [engine for engine in ALL if engine not in (Engine.EVENTS, Engine.DISTRIBUTED_MAP, Engine.CHUNKED)]


@pytest.fixture
def partition(cloud):
    """partition(engine, items, …) is what the state machine gets; `equity` runs 100 at once, `bond` 90."""

    def do(engine: str, count: int, job: str = "job", concurrency: int = 100, timeout: int = 900, **asked) -> dict:
        types = {"equity": concurrency, "bond": concurrency - 10}
        routes = {name: route(name, max_concurrency=most, timeout_seconds=timeout) for name, most in types.items()} | {
            "*": route("*")
        }
        items = [{"id": str(n), "data_type": ["equity", "bond"][n % 2], "n": n} for n in range(count)]
        request = {"input": {"items": items}, "engine": engine, **asked}
        return Partitioner(cloud.jobs, cloud.s3, cloud.bucket, routes, [], ALL, 3).partition(job, request, ACCEPTED)

    return do


def flat(units) -> list[dict]:
    """The units of lanes or branches in one list."""
    nested = units.values() if isinstance(units, dict) else units
    return [unit for each in nested for unit in ([each] if isinstance(each, dict) else flat(each))]


def written(cloud, answer: dict) -> list[dict]:
    body = cloud.s3.get_object(Bucket=cloud.bucket, Key=answer["work"]["units_key"])["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def items_of(cloud, work: dict, units: list[dict]) -> list[int]:
    """The `n` of every item that workers would find by these units."""
    found = []
    for unit in units:
        manifest = work["manifests"][unit["part"]]
        items = read_chunk(manifest, cloud.bucket, cloud.s3, unit["offset"], unit["length"])
        assert len(items) == unit["items"]
        assert {item["data_type"] for item in items} == {work["data_types"][unit["part"]]}
        assert work["functions"][unit["part"]].endswith(items[0]["data_type"])
        found += [item["n"] for item in items]
    return found


@pytest.mark.parametrize("engine", [engine for engine in ALL if engine != Engine.EVENTS])
def test_every_item_is_in_exactly_one_unit(cloud, partition, engine):
    answer = partition(engine, 57)
    units = flat(answer["units"]) if "units" in answer else written(cloud, answer)
    assert sorted(unit["chunk"] for unit in units) == list(range(answer["chunks"]))
    assert sorted(items_of(cloud, answer["work"], units)) == list(range(57))


def test_events_needs_nothing_but_its_chunks(partition):
    assert not {"work", "units"} & partition(Engine.EVENTS, 57).keys()


def test_a_job_without_items_has_no_units(partition):
    assert "units" not in partition(Engine.MAP, 0)


def test_asked_again_it_answers_the_same(partition):
    assert partition(Engine.MAP, 5) == partition(Engine.MAP, 5)


def test_maps_run_no_more_at_once_than_the_narrowest_route(partition):
    assert partition(Engine.MAP, 9)["work"]["concurrency"] == 40
    assert partition(Engine.MAP, 9, "narrow", concurrency=15)["work"]["concurrency"] == 5
    assert partition(Engine.DISTRIBUTED_MAP, 9, "wide", concurrency=2000)["work"]["concurrency"] == 1990


def test_lanes_share_what_is_allowed(partition):
    answer = partition(Engine.MAP_IN_MAP, 200)
    assert [len(slot) for slot in answer["units"]] == [30] * 6 + [20]
    assert (answer["work"]["lanes"], answer["work"]["concurrency"]) == (3, 30)


def test_branches_share_what_is_allowed_and_a_narrow_route_still_gets_through(partition):
    assert partition(Engine.MAP_IN_PARALLEL, 9)["work"]["concurrency"] == 30
    assert partition(Engine.MAP_IN_PARALLEL, 9, "narrow", concurrency=12)["work"]["concurrency"] == 1


def test_children_are_express_where_every_route_is_done_in_five_minutes(partition):
    assert partition(Engine.DISTRIBUTED_MAP, 9, timeout=300)["work"]["express"] is True
    assert partition(Engine.DISTRIBUTED_MAP, 9, "long", timeout=301)["work"]["express"] is False


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({}, (50, 0, "job")),
        ({"rate": 25}, (50, 25, "job")),
        ({"rate": 0.1, "rate_name": "api"}, (45, 0.1, "api")),
    ],
)
def test_a_rate_goes_to_the_workers_with_the_name_it_is_shared_by(partition, asked, kept):
    work = partition(Engine.CHUNKED, 200, concurrency=60, **asked)["work"]
    assert (work["concurrency"], work["rate"], work["rate_name"]) == kept


@pytest.mark.parametrize("engine", INLINE)
def test_units_too_large_for_a_state_are_refused_with_the_number_before_the_job_runs(
    cloud, partition, engine, monkeypatch
):
    monkeypatch.setattr("partition_job.map_input.STATE_BYTES", 5_000)
    with pytest.raises(InputRefused, match=r"one state of at most 5,000 bytes, and these need \d,\d{3}; use --engine"):
        partition(engine, 60)
    row = job_record.read(cloud.jobs, "job")
    assert row["state"] == "REFUSED" and "or larger chunks" in row["problems"][0]


def test_units_in_s3_may_be_of_any_size(partition, monkeypatch):
    monkeypatch.setattr("partition_job.map_input.STATE_BYTES", 2_500)
    assert partition(Engine.DISTRIBUTED_MAP, 60)["chunks"] == 6
