"""Where chunks wait and slots are free, workers are started."""

import pytest
from tests.samples import route

from rollcall.dispatch import queues
from rollcall.dispatch.slots import Slots
from rollcall.dispatch.start_workers import counts, start_needed_workers
from rollcall.events import ChunkRequested


@pytest.fixture
def slots(cloud, monkeypatch) -> Slots:
    monkeypatch.setattr(queues, "put", lambda client, bus, some: None)
    return Slots(cloud.workers, None, "bus")


def enqueue(cloud, name: str, chunks: int) -> str:
    url = cloud.queue(name)
    for number in range(chunks):
        queues.send(cloud.sqs, url, [ChunkRequested("job", 1, number, 1, name, "m", 0, 1, 1, "")])
    return url


def test_as_many_workers_are_started_as_chunks_wait_and_slots_are_free(cloud, slots):
    assert start_needed_workers(route("equity", enqueue(cloud, "equity", 9)), cloud.sqs, slots) == 4
    assert start_needed_workers(route("fx", enqueue(cloud, "fx", 1)), cloud.sqs, slots) == 1
    assert start_needed_workers(route("scenario", enqueue(cloud, "scenario", 0)), cloud.sqs, slots) == 0


def test_no_second_worker_is_started_for_a_chunk_while_the_first_is_starting(cloud, slots):
    fx = route("fx", enqueue(cloud, "fx", 1))
    assert [start_needed_workers(fx, cloud.sqs, slots) for _ in range(3)] == [1, 0, 0]
    enqueue(cloud, "fx", 2)
    assert start_needed_workers(fx, cloud.sqs, slots) == 2


def test_chunks_in_work_need_nobody(cloud, slots):
    url = enqueue(cloud, "equity", 1)
    cloud.sqs.receive_message(QueueUrl=url)
    assert start_needed_workers(route("equity", url), cloud.sqs, slots) == 0


def test_chunks_known_to_wait_are_believed_before_the_count(cloud, slots):
    assert start_needed_workers(route("equity", enqueue(cloud, "equity", 0)), cloud.sqs, slots, at_least=2) == 2


def test_the_queue_of_a_route_that_is_gone_holds_nothing(cloud):
    url = enqueue(cloud, "equity", 1)
    cloud.sqs.delete_queue(QueueUrl=url)
    assert counts(cloud.sqs, url) == (0, 0)
