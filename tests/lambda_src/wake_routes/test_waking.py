"""A route with waiting chunks and nobody at work gets one worker."""

import json

import pytest
from tests.samples import route

from rollcall import queues
from rollcall.events import ChunkRequested, envelope
from wake_routes.waking import wake


@pytest.fixture
def asked(monkeypatch) -> list:
    events = []
    monkeypatch.setattr(queues, "put", lambda client, bus, some: events.extend(some))
    return events


def fill(cloud, name: str, chunks: int) -> str:
    url = cloud.queue(name)
    for number in range(chunks):
        request = ChunkRequested("job", 1, number, 1, name, "m", 0, 1, 1, "")
        cloud.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(envelope(request)))
    return url


def test_only_routes_with_waiting_chunks_are_woken_and_with_one_chunk_each(cloud, asked):
    routes = [route(name, fill(cloud, name, chunks)) for name, chunks in (("equity", 3), ("scenario", 0), ("fx", 1))]
    assert wake(routes, cloud.sqs, None, "bus") == ["equity", "fx"]
    assert sorted(event.data_type for event in asked) == ["equity", "fx"]
    left = cloud.sqs.get_queue_attributes(QueueUrl=routes[0].queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    assert left["Attributes"]["ApproximateNumberOfMessages"] == "2"


def test_a_route_with_a_chunk_in_work_is_left_alone(cloud, asked):
    url = fill(cloud, "equity", 3)
    cloud.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    assert wake([route("equity", url)], cloud.sqs, None, "bus") == []
    assert asked == []
