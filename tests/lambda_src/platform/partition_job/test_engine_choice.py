"""A job gets the engine it asks for, in chunks of the size that suits it, or is refused with a cure."""

import pytest
from tests.samples import ACCEPTED, route

from partition_job.partition import Partitioner
from rollcall.engines import AUTO, Engine
from rollcall.errors import InputRefused
from rollcall.records import jobs as job_record
from rollcall.records.rows import JobRow

ALL = list(Engine)


@pytest.fixture
def partition(cloud):
    """partition(request, data types and counts): as one job of an environment with these engines."""

    def do(asked: dict, engines=ALL, **counts: int) -> dict:
        routes = {"equity": route("equity"), "scenario": route("scenario", target="batch"), "*": route("*")}
        counts = counts or {"equity": 25}
        items = [{"id": f"{name}{n}", "data_type": name} for name, count in counts.items() for n in range(count)]
        partitioner = Partitioner(cloud.jobs, cloud.s3, cloud.bucket, routes, [], engines, 3)
        return partitioner.partition("job", {"input": {"items": items}, **asked}, ACCEPTED)

    return do


def row(cloud) -> JobRow:
    return job_record.read(cloud.jobs, "job")


@pytest.mark.parametrize(
    ("asked", "engine", "chunks"),
    [
        ({}, Engine.EVENTS, 3),
        ({"engine": None, "chunk_size": None, "rate": None}, Engine.EVENTS, 3),
        ({"engine": "events", "chunk_size": 1}, Engine.EVENTS, 25),
        ({"engine": "distributed_map"}, Engine.DISTRIBUTED_MAP, 3),
        ({"engine": "chunked", "rate": 0.5}, Engine.CHUNKED, 3),
        *(
            ({"engine": name}, name, 25)
            for name in ("map", "map_in_map", "map_in_parallel", "callback", "events_per_item")
        ),
        ({"engine": "map", "chunk_size": 5}, Engine.MAP, 5),
        ({"engine": "auto"}, Engine.MAP, 3),
        ({"engine": "auto", "rate": 3}, Engine.CHUNKED, 3),
        ({"engine": "auto", "fail_fast": True}, Engine.EVENTS, 3),
    ],
)
def test_the_engine_and_the_size_of_chunks_are_as_asked_or_as_the_engine_has_them(
    cloud, partition, asked, engine, chunks
):
    answer = partition(asked)
    plan = job_record.read_plan(cloud.jobs, "job", 1)
    assert (answer["engine"], answer["chunks"]) == (engine, chunks) == (plan.engine, plan.chunks)
    assert row(cloud)["engine"] == engine


def test_auto_says_in_the_timeline_why_and_others_only_which(cloud, partition):
    partition({"engine": AUTO}, equity=50)
    *_, event = row(cloud)["timeline"]
    assert (event["engine"], event["why"]) == ("events", "5 chunks, more than an inline Map may run at once")


def test_an_engine_that_was_asked_for_needs_no_reason(cloud, partition):
    partition({"engine": "map"})
    *_, event = row(cloud)["timeline"]
    assert event["engine"] == "map" and "why" not in event


@pytest.mark.parametrize(
    ("asked", "engines", "told"),
    [
        ({"engine": "mop"}, ALL, "there is no engine 'mop' here; use auto, events, map, "),
        ({"engine": "map"}, ["events"], "there is no engine 'map' here; add it to engines in tfvars"),
        ({"engine": "map", "rate": 5}, ALL, '"rate" is 5; give items a second, and engine chunked, which keeps to it'),
        ({"rate": 5}, ALL, '"rate" is 5; give items a second, and engine chunked'),
        ({"engine": "chunked", "rate": 0}, ALL, '"rate" is 0; give items a second'),
        ({"engine": "chunked", "rate": "5"}, ALL, "\"rate\" is '5'; give items a second"),
        ({"engine": "auto", "rate": 5}, ["events"], "only engine chunked keeps to a rate; add it to engines in tfvars"),
        ({"engine": "chunked", "rate": 5, "rate_name": "a b"}, ALL, "\"rate_name\" is 'a b'; give up to 80 letters"),
        ({"rate_name": "api"}, ALL, "\"rate_name\" is 'api'; give up to 80 letters, digits,"),
        ({"chunk_size": 0}, ALL, '"chunk_size" is 0; give 1 to 10,000 items'),
        ({"chunk_size": 10_001}, ALL, '"chunk_size" is 10001; give 1 to 10,000 items'),
        ({"chunk_size": True}, ALL, '"chunk_size" is True; give'),
        (
            {"engine": "callback", "fail_fast": True},
            ALL,
            "engine callback cannot end a job early; leave out --fail-fast",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_cure_and_nothing_is_started(cloud, partition, asked, engines, told):
    with pytest.raises(InputRefused) as refused:
        partition(asked, engines)
    assert str(refused.value).startswith(told)
    assert row(cloud)["state"] == "REFUSED" and row(cloud)["problems"] == [str(refused.value)]


@pytest.mark.parametrize("asked", [{"engine": "map"}, {"engine": "auto", "rate": 5}])
def test_a_container_route_is_refused_by_name(partition, asked):
    with pytest.raises(InputRefused, match="calls Lambda, and route 'scenario' runs on batch; use --engine events"):
        partition(asked, equity=1, scenario=1)


def test_more_chunks_than_the_history_has_room_for_are_refused_with_both_numbers(partition):
    with pytest.raises(InputRefused, match="room for 3,112 chunks, and the job has 4,000; use --engine events or dist"):
        partition({"engine": "map"}, equity=4000)


def test_only_the_published_pattern_is_told_how_many_answers_to_count(cloud, partition):
    partition({"engine": "events_per_item"})
    assert row(cloud)["to_count"] == 25


def test_a_redrive_runs_on_events_whatever_the_job_had(cloud, partition, routes):
    partition({"engine": "map"})
    job_record.update(cloud.jobs, "job", {"state": "FAILED"}, remove=("open",))
    partitioner = Partitioner(cloud.jobs, cloud.s3, cloud.bucket, routes, [], ALL, 3)
    answer = partitioner.partition("job.2", {"redrive": {"select": ["missing"]}}, ACCEPTED)
    assert (answer["engine"], answer["items"], row(cloud)["engine"]) == ("events", 25, "events")
