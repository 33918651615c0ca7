"""What a dead worker held goes on at once; what nobody can run fails by name; nothing is accounted for twice."""

import json
import time
from dataclasses import replace

import pytest
from tests.samples import part, route

from handle_worker_failures.failure_handler import FailureHandler
from rollcall.dispatch import last_failure, queues
from rollcall.dispatch.slots import START_SECONDS, Slots
from rollcall.events import ChunkRequested, ChunkSettled, WorkerRequested, parse
from rollcall.records import jobs as job_record
from rollcall.records.plans import Plan
from rollcall.records.results import read_results
from rollcall.worker.chunk_failer import ChunkFailer
from rollcall.worker.failures import LostChunk, LostWorker, Recheck
from rollcall.worker.job_gate import JobGate

ITEMS = [{"id": "a", "data_type": "equity"}, {"id": "b", "data_type": "equity"}]


@pytest.fixture
def place(cloud, monkeypatch):
    """A running job, its route with a queue, an failure_handler, and the workers it has asked for in `asked`."""
    body = "".join(json.dumps(item) + "\n" for item in ITEMS).encode()
    cloud.s3.put_object(Bucket=cloud.bucket, Key="m", Body=body)
    cloud.chunk = ChunkRequested("job", 1, 0, 1, "equity", "m", 0, len(body), 2, "")
    job_record.update(cloud.jobs, "job", {"state": "RUNNING", "run": 1, "dispatch": 1})
    cloud.settlements, cloud.queue_url, cloud.messages = map(cloud.queue, ("settlements", "equity", "equity-dlq"))
    cloud.asked, cloud.now = [], 1_000_000.0
    monkeypatch.setattr(queues, "put", lambda client, bus, events: cloud.asked.extend(events))
    cloud.slots = Slots(cloud.workers, None, "bus", lambda: cloud.now)
    cloud.route = route("equity", cloud.queue_url, max_attempts=2)
    cloud.failure_handler = FailureHandler(
        cloud.sqs,
        cloud.slots,
        JobGate(cloud.jobs),
        ChunkFailer(cloud.s3, cloud.sqs, cloud.bucket, cloud.settlements),
        lambda: {"equity": cloud.route},
        lambda job_id, run: Plan(job_id, run, "", [part("equity", 5)]),
    )
    return cloud


def enqueue(place, chunks: int = 1, **changes) -> None:
    for number in range(chunks):
        queues.send(place.sqs, place.queue_url, [replace(place.chunk, chunk=number, **changes)])


def started(place, slot: int = 0, attempt: int = 1) -> WorkerRequested:
    request = WorkerRequested("equity", slot, f"worker-{slot}", attempt)
    place.slots.reserve([request], "lambda", place.slots.is_free())
    return request


def working(place, slot: int = 0) -> WorkerRequested:
    request = started(place, slot)
    assert place.slots.claim(request, "task")
    return request


def account(place, failure, has_time=lambda: True) -> bool:
    return place.failure_handler.handle(failure, has_time)


def lost(request: WorkerRequested, waited: bool = False) -> LostWorker:
    return LostWorker(request, "it died", waited, task="task")


def settlements(place) -> list[ChunkSettled]:
    found = place.sqs.receive_message(QueueUrl=place.settlements, MaxNumberOfMessages=10).get("Messages", [])
    return [parse(message["Body"], ChunkSettled) for message in found]


def errors(place) -> list[dict]:
    return [line["error"] for line in read_results(place.s3, place.bucket, "job")]


def test_a_worker_that_gave_up_its_slot_has_lost_nothing(place):
    enqueue(place)
    request = working(place)
    place.slots.release(request)
    assert account(place, lost(request))
    assert place.asked == []


def test_the_slot_of_a_successor_is_not_touched(place):
    request = working(place)
    place.slots.pass_on(request, "lambda")
    place.asked.clear()
    account(place, lost(request))
    assert (place.asked, len(place.slots.live("equity", 100))) == ([], 1)


def test_the_chunks_of_a_worker_that_died_at_work_are_handed_out_at_once(place):
    enqueue(place, 2)
    request = working(place)
    held = place.sqs.receive_message(QueueUrl=place.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=600)
    place.slots.renew(request, ["job"], [message["ReceiptHandle"] for message in held["Messages"]])
    assert queues.counts(place.sqs, place.queue_url) == (0, 2)
    account(place, lost(request))
    assert queues.counts(place.sqs, place.queue_url) == (2, 0)
    assert [event.attempt for event in place.asked] == [1, 1]


def test_a_death_at_work_is_looked_at_again_when_chunks_out_of_sight_come_back(place):
    account(place, lost(working(place)))
    found = place.sqs.get_queue_attributes(QueueUrl=place.messages, AttributeNames=["All"])["Attributes"]
    assert found["ApproximateNumberOfMessagesDelayed"] == "1"


def test_the_end_of_a_worker_started_twice_does_not_touch_its_twin_at_work(place):
    enqueue(place)
    request = working(place)
    place.sqs.receive_message(QueueUrl=place.queue_url)
    account(place, LostWorker(request, "its task ended (exit code 0)", task="the twin"))
    assert place.slots.row(request)["phase"] == "working"
    assert (place.asked, queues.counts(place.sqs, place.queue_url)) == ([], (0, 1))
    account(place, LostWorker(request, "its task ended (exit code 137)", task="task"))
    assert place.slots.row(request) is None


@pytest.mark.parametrize("waited", [True, False])
def test_a_start_that_failed_does_not_touch_the_worker_that_came_all_the_same(place, waited):
    """Its task was started and nobody heard of it; or the event that asked for it came twice."""
    enqueue(place)
    request = working(place)
    account(place, LostWorker(request, "its task could not be started", waited))
    assert place.slots.row(request)["phase"] == "working"
    assert place.asked == []


def test_why_a_start_waits_is_kept_and_is_no_death(place):
    enqueue(place)
    account(place, LostWorker(started(place), "no capacity", waited=True))
    assert last_failure.read(place.workers, "equity", last_failure.WAITS) == "no capacity"
    assert last_failure.read(place.workers, "equity", last_failure.DIED) == ""


def test_a_reason_is_forgotten_in_time(place, monkeypatch):
    last_failure.write(place.workers, "equity", last_failure.WAITS, "no capacity")
    later = time.time() + START_SECONDS["fargate"] + 1
    monkeypatch.setattr(last_failure.time, "time", lambda: later)
    assert last_failure.read(place.workers, "equity", last_failure.WAITS) == ""


def test_a_death_told_twice_is_accounted_for_once(place):
    enqueue(place)
    request = working(place)
    account(place, lost(request))
    account(place, lost(request))
    assert len(place.asked) == 1


def test_a_start_that_failed_is_repeated_and_counted(place):
    enqueue(place, 3)
    account(place, lost(started(place)))
    assert [event.attempt for event in place.asked] == [2]


def test_a_start_that_failed_is_not_repeated_for_an_empty_queue(place):
    account(place, lost(started(place)))
    assert (place.asked, place.slots.live("equity", 100)) == ([], {})


def test_a_start_that_only_waited_is_repeated_without_being_counted(place):
    enqueue(place)
    account(place, lost(started(place, attempt=2), waited=True))
    assert [event.attempt for event in place.asked] == [2]


def test_when_no_worker_can_be_started_all_that_waits_fails_by_name(place):
    enqueue(place, 12)
    assert account(place, lost(started(place, attempt=2)))
    assert queues.counts(place.sqs, place.queue_url) == (0, 0)
    assert len(settlements(place)) + len(settlements(place)) == 12
    assert {error["type"] for error in errors(place)} == {"WorkerLost"}
    assert "no worker of route 'equity' came to work: it died" in errors(place)[0]["message"]
    assert (place.asked, place.slots.live("equity", 100)) == ([], {})


def test_while_another_worker_is_at_work_what_waits_is_left_to_it(place):
    enqueue(place, 2)
    working(place, slot=1)
    account(place, lost(started(place, attempt=2)))
    assert queues.counts(place.sqs, place.queue_url) == (2, 0)
    assert list(place.slots.live("equity", 100)) == [1]


def test_a_worker_whose_lease_is_over_does_not_count_as_at_work(place):
    enqueue(place)
    working(place, slot=1)
    request = started(place, attempt=2)
    place.now += START_SECONDS["lambda"] - 1
    account(place, lost(request))
    assert len(settlements(place)) == 1


def test_chunks_of_a_job_that_does_not_hand_out_are_let_go(place):
    job_record.update(place.jobs, "job", {"state": "CANCELLED"})
    enqueue(place)
    account(place, lost(started(place, attempt=2)))
    assert (settlements(place), errors(place)) == ([], [])
    assert queues.counts(place.sqs, place.queue_url) == (0, 0)


def test_without_time_left_the_rest_is_left_for_the_letter_to_come_again(place):
    enqueue(place, 12)
    request = started(place, attempt=2)
    turns = iter([True, False])
    assert not account(place, lost(request), lambda: next(turns))
    assert queues.counts(place.sqs, place.queue_url) == (2, 0)
    assert account(place, lost(request))
    assert queues.counts(place.sqs, place.queue_url) == (0, 0)


def test_a_worker_of_a_route_that_is_gone_gives_its_slot_back(place):
    request = WorkerRequested("fx", 0, "w", 1)
    place.slots.reserve([request], "lambda", place.slots.is_free())
    assert account(place, lost(request))
    assert place.slots.live("fx", 100) == {}


def test_a_chunk_whose_workers_all_died_fails_its_items_by_name_and_tells_how(place):
    account(place, lost(working(place)))
    account(place, LostChunk(place.chunk))
    assert [(s.succeeded, s.failed, s.attempt, s.target) for s in settlements(place)] == [(0, 2, 3, "lambda")]
    message = errors(place)[0]["message"]
    assert "every worker that took it died before it was done; the last one: it died" in message


@pytest.mark.parametrize("changes", [{"state": "PAUSED"}, {"state": "CANCELLED"}, {"dispatch": 2}, {"run": 2}])
def test_a_lost_chunk_that_is_void_is_let_go(place, changes):
    job_record.update(place.jobs, "job", changes)
    account(place, LostChunk(place.chunk))
    assert (settlements(place), errors(place)) == ([], [])


def test_accounting_for_a_chunk_twice_settles_the_same(place):
    for _ in range(2):
        account(place, LostChunk(place.chunk))
    assert [(s.succeeded, s.failed) for s in settlements(place)] == [(0, 2)] * 2
    assert len(errors(place)) == 2


def messages(place) -> int:
    found = place.sqs.get_queue_attributes(QueueUrl=place.messages, AttributeNames=["All"])["Attributes"]
    return int(found["ApproximateNumberOfMessagesDelayed"])


def test_looking_again_starts_workers_for_what_has_come_back(place):
    enqueue(place, 2)
    account(place, Recheck("equity"))
    assert (len(place.asked), messages(place)) == (2, 0)


def test_a_look_asks_for_no_other_so_that_lambda_sees_no_loop(place):
    enqueue(place)
    place.sqs.receive_message(QueueUrl=place.queue_url)
    account(place, Recheck("equity"))
    assert (place.asked, messages(place)) == ([], 0)
