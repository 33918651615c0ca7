"""Dispatch: every missing chunk lies in its route's queue once, and workers are started for it."""

import json
import threading
from collections import Counter

import pytest
from tests.samples import ACCEPTED, route

from dispatch_chunks.dispatch import dispatch_missing
from partition_job.partition import Partitioner
from rollcall.barrier import settled_sets
from rollcall.dispatch.dispatcher import Dispatcher
from rollcall.dispatch.slots import Slots
from rollcall.events import ChunkRequested, WorkerRequested, envelope, parse
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall.records.rows import JobRow


class Bus:
    """Takes what is put on the bus, in calls of at most ten, as EventBridge does."""

    def __init__(self, order: list[str]):
        self.started, self.order = [], order

    def put_events(self, Entries: list[dict]) -> dict:
        assert len(Entries) <= 10
        self.order.append("start")
        for entry in Entries:
            message = {"source": entry["Source"], "detail-type": entry["DetailType"]}
            self.started.append(parse({**message, "detail": json.loads(entry["Detail"])}, WorkerRequested))
        return {"Entries": [{"EventId": "1"} for _ in Entries]}


class Place:
    """A job of `count` chunks of ten items each of one data type, partitioned; its bus and its queue."""

    def __init__(self, cloud, count: int, max_concurrency: int = 4, payload: str = ""):
        self.cloud, self.url, self.order = cloud, cloud.queue("route"), []
        routes = {"equity": route("equity", self.url, max_concurrency=max_concurrency), "*": route("*")}
        items = [{"id": str(n), "data_type": "equity", "payload": payload} for n in range(count * 10)]
        Partitioner(cloud.jobs, cloud.s3, cloud.bucket, routes, []).partition(
            "job", {"input": {"items": items}}, ACCEPTED
        )
        self.bus = Bus(self.order)
        self.slots = Slots(cloud.workers, self.bus, "bus")
        cloud.sqs.meta.events.register("before-call.sqs.SendMessageBatch", lambda **_: self.order.append("enqueue"))

    def dispatch(self) -> dict[str, int]:
        dispatcher = Dispatcher(self.cloud.s3, self.cloud.sqs, self.cloud.bucket, self.slots)
        return dispatch_missing("job", self.cloud.jobs, self.cloud.progress, dispatcher)

    def queued(self) -> list[ChunkRequested]:
        found = []
        request = {"QueueUrl": self.url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]}
        while batch := self.cloud.sqs.receive_message(**request).get("Messages"):
            assert {message["Attributes"]["MessageGroupId"] for message in batch} == {"job"}
            found += [parse(message["Body"], ChunkRequested) for message in batch]
        return found

    def settle(self, *chunks: int) -> None:
        plan = job_record.read_plan(self.cloud.jobs, "job", 1)
        settled_sets.add_once(self.cloud.progress, settled_sets.shard_key(plan, 0), dict.fromkeys(chunks, 0))

    def row(self) -> JobRow:
        return job_record.read(self.cloud.jobs, "job")


def test_every_chunk_is_queued_once_and_each_slot_gets_one_worker(cloud):
    place = Place(cloud, count=37, max_concurrency=12)
    assert place.dispatch() == {"queued": 37, "started": 12}
    assert Counter(chunk.chunk for chunk in place.queued()) == Counter(range(37))
    assert sorted(start.slot for start in place.bus.started) == list(range(12))


def test_a_job_smaller_than_the_allowed_concurrency_starts_a_worker_for_each_chunk(cloud):
    place = Place(cloud, count=3, max_concurrency=100)
    assert place.dispatch() == {"queued": 3, "started": 3}


def test_workers_start_as_soon_as_there_is_work_for_all_and_what_is_left_is_laid_meanwhile(cloud):
    place = Place(cloud, count=60, max_concurrency=20)
    started = threading.Event()
    place.bus.put_events = lambda put=place.bus.put_events, **entries: (started.set(), put(**entries))[1]

    def wait_for_start(**_) -> None:
        if place.order.count("enqueue") > 2:
            assert started.wait(300), "the rest was enqueued before any worker was started"

    cloud.sqs.meta.events.register("before-call.sqs.SendMessageBatch", wait_for_start)
    place.dispatch()
    assert place.order[:2] == ["enqueue", "enqueue"]
    assert Counter(place.order) == {"enqueue": 6, "start": 2}


def test_slots_that_others_have_are_left_to_them(cloud):
    place = Place(cloud, count=10, max_concurrency=4)
    place.slots.start_workers("equity", "lambda", 4, 3)
    assert place.dispatch() == {"queued": 10, "started": 1}


def test_a_chunk_request_names_its_bytes_and_its_dispatch(cloud):
    place = Place(cloud, count=1)
    place.dispatch()
    (request,) = place.queued()
    assert (request.offset, request.items, request.dispatch, request.run) == (0, 10, 1, 1)
    assert request.manifest == "jobs/job/runs/1/manifests/equity.jsonl"
    assert request.length == cloud.s3.head_object(Bucket=cloud.bucket, Key=request.manifest)["ContentLength"]


def test_a_chunk_bigger_than_a_message_may_be_is_dispatched_as_small_as_any(cloud):
    place = Place(cloud, count=1, payload="x" * 300_000)
    place.dispatch()
    (request,) = place.queued()
    assert request.length > 10 * 300_000
    assert len(json.dumps(envelope(request))) < 1000


def test_a_second_dispatch_lays_only_what_is_missing_and_makes_the_first_void(cloud):
    place = Place(cloud, count=8)
    place.dispatch()
    place.queued()
    place.settle(0, 1, 2, 5, 7)
    assert place.dispatch()["queued"] == 3
    assert {(chunk.chunk, chunk.dispatch) for chunk in place.queued()} == {(3, 2), (4, 2), (6, 2)}
    assert place.row()["dispatch"] == 2


@pytest.mark.parametrize("state", [state for state in JobState if state != JobState.RUNNING])
def test_a_job_that_is_not_running_is_left_alone(cloud, state):
    place = Place(cloud, count=2)
    job_record.update(cloud.jobs, "job", {"state": state})
    before = place.row()
    assert place.dispatch() == {"queued": 0, "started": 0}
    assert (place.queued(), place.row()) == ([], before)


def test_a_job_of_no_items_is_settled_before_it_is_dispatched(cloud):
    place = Place(cloud, count=0)
    assert place.row()["state"] == "SETTLED"
    assert place.dispatch() == {"queued": 0, "started": 0}


def test_a_job_that_was_paused_while_it_was_dispatched_keeps_its_state(cloud, monkeypatch):
    place = Place(cloud, count=2)
    enqueue = Dispatcher.dispatch

    def paused_meanwhile(*given):
        job_record.update(cloud.jobs, "job", {"state": JobState.PAUSED})
        return enqueue(*given)

    monkeypatch.setattr(Dispatcher, "dispatch", paused_meanwhile)
    place.dispatch()
    assert place.row()["state"] == "PAUSED"
    assert "dispatched_at" not in place.row()
