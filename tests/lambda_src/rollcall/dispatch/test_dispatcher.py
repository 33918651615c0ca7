"""Dispatching: every missing chunk lies in its route's queue once, and workers are started for them."""

import json

import pytest
from tests.samples import part

from rollcall.dispatch.dispatcher import Dispatcher
from rollcall.events import ChunkRequested, parse
from rollcall.intake.manifests import INDEX_WIDTH, index_key
from rollcall.records.plans import Plan


@pytest.fixture
def dispatcher(place) -> Dispatcher:
    lines = (json.dumps([n * 100, 100, 10]).ljust(INDEX_WIDTH - 1) + "\n" for n in range(200))
    place.s3.put_object(Bucket=place.bucket, Key=index_key("job", 1), Body="".join(lines).encode())
    return Dispatcher(place.s3, place.sqs, place.bucket, place.slots)


def test_all_chunks_are_laid_and_all_slots_filled(place, dispatcher):
    plan = Plan("job", 1, "s3://in/put", [part("work", 120, queue_url=place.url)])
    assert dispatcher.dispatch(plan, {"work": list(range(120))}, 3) == {"queued": 120, "started": 4}
    messages = place.messages(place.url)
    chunks = sorted((parse(message["Body"], ChunkRequested) for message in messages), key=lambda c: c.chunk)
    assert [chunk.chunk for chunk in chunks] == list(range(120))
    assert chunks[7] == ChunkRequested("job", 1, 7, 3, "work", "work.jsonl", 700, 100, 10, "s3://in/put")
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"job"}
    assert sorted(request.slot for request in place.bus.put) == [0, 1, 2, 3]


def test_only_what_is_missing_is_laid_and_no_more_workers_than_chunks(place, dispatcher):
    plan = Plan("job", 1, "", [part("work", 120, queue_url=place.url)])
    assert dispatcher.dispatch(plan, {"work": [3, 4, 90]}, 2) == {"queued": 3, "started": 3}
    assert place.waiting() == [3, 4, 90]


def test_nothing_missing_starts_nobody(place, dispatcher):
    plan = Plan("job", 1, "", [part("work", 120, queue_url=place.url)])
    assert dispatcher.dispatch(plan, {"work": []}, 2) == {"queued": 0, "started": 0}
    assert place.bus.put == []


def test_small_parts_go_first(place, dispatcher, monkeypatch):
    order = []
    monkeypatch.setattr(Dispatcher, "start", lambda self, part, wanted: order.append(part.data_type) or 0)
    other = place.cloud.queue("other")
    parts = [part("big", 100, queue_url=place.url), part("small", 2, first_chunk=100, queue_url=other)]
    dispatcher.dispatch(Plan("job", 1, "", parts), {"big": list(range(100)), "small": [100, 101]}, 1)
    assert order == ["small", "small", "big", "big"]


def test_a_part_that_takes_another_route_starts_that_routes_workers(place, dispatcher):
    plan = Plan("job", 1, "", [part("equity", 2, route="work", queue_url=place.url)])
    dispatcher.dispatch(plan, {"equity": [0, 1]}, 1)
    assert {request.data_type for request in place.bus.put} == {"work"}
    assert parse(place.messages(place.url)[0]["Body"], ChunkRequested).data_type == "equity"
