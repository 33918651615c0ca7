"""The worker: pulls until nothing is left, settles before it deletes, passes its slot on before its time is up."""

from dataclasses import asdict
from itertools import pairwise

import pytest

from rollcall.dispatch import queues
from rollcall.errors import AlreadyRunning, DeliveryRefused
from rollcall.events import WorkerRequested
from rollcall.worker.entry import main
from rollcall.worker.job_gate import JobGate


def test_it_runs_all_it_can_pull_and_gives_its_slot_up(place):
    assert place.work(*(place.chunk(n, [n, n]) for n in range(8))) == 8
    assert sorted(settled.chunk for settled in place.settlements()) == list(range(8))
    assert len(place.results()) == 16
    assert queues.counts(place.sqs, place.url) == (0, 0)
    assert place.slots.live("work", 100) == {}


def test_an_item_that_fails_fails_alone(place):
    place.work(place.chunk(0, [1, -2, 3]))
    (settled,) = place.settlements()
    assert (settled.succeeded, settled.failed, settled.attempt, settled.target) == (2, 1, 1, "lambda")
    good, bad, _ = place.results()
    assert good == {"id": "0-0", "data_type": "work", "ok": True, "result": {"n": 2}}
    assert bad["error"]["message"] == "n is -2; give a positive one"


def test_a_worker_whose_slot_another_has_does_nothing(place):
    assert place.slots.claim(WorkerRequested("work", 0, "first", 1), "task")
    assert place.work(place.chunk(0, [1])) == 0
    assert place.waiting() == [0]


def test_one_start_delivered_twice_starts_one_worker(place):
    place.slots.start_workers("work", "lambda", 1, 1)
    (request,) = place.bus.put
    place.enqueue(place.chunk(0, [1]))
    first, second = place.worker(name=request.worker), place.worker(name=request.worker)
    assert first.claim("one")
    assert second.work("two") == 0
    assert place.waiting() == [0]


@pytest.mark.parametrize(
    ("job_gate", "chunk"),
    [
        ({"state": "CANCELLED"}, {}),
        ({"state": "PAUSED"}, {}),
        ({"state": "FAILED"}, {}),
        ({"dispatch": 3}, {"dispatch": 2}),
        ({"run": 2, "dispatch": 2}, {"dispatch": 1}),
        ({"job_id": "another"}, {"run": 7}),
    ],
    ids=["a cancelled job", "a paused job", "an ended job", "an older dispatch", "an older run", "no such run"],
)
def test_a_void_chunk_is_dropped_without_running(place, job_gate, chunk):
    place.stand(**job_gate)
    assert place.work(place.chunk(0, [1], **chunk)) == 0
    assert (place.settlements(), place.results()) == ([], [])
    assert queues.counts(place.sqs, place.url) == (0, 0)


def test_a_chunk_handed_out_again_with_a_result_is_settled_without_running(place, calculate):
    request = place.chunk(0, [1, -1])
    place.work(request)
    calculate(lambda item: pytest.fail("ran again"))
    place.stand(dispatch=2)
    place.work(place.chunk(0, [1, -1], dispatch=2))
    first, second = place.settlements()
    assert (first.succeeded, first.failed) == (second.succeeded, second.failed) == (1, 1)


def test_the_first_result_stands_when_two_ran_a_chunk(place, calculate):
    place.work(place.chunk(0, [1]))
    calculate(lambda item: {"n": "other"})
    place.work(place.chunk(0, [1]))
    assert [settled.succeeded for settled in place.settlements()] == [1, 1]
    assert place.results()[0]["result"] == {"n": 2}


@pytest.mark.parametrize("state", ["CANCELLED", "PAUSED", "SETTLED", "FAILED"])
def test_no_item_begins_later_than_two_seconds_after_its_job_was_stopped(place, calculate, state, monkeypatch):
    """Stopped by hand, or because it fails fast; the chunk leaves neither result nor settlement."""
    begun, stopped, reads = [], place.clock.now + 3.25, []
    read = JobGate.read
    monkeypatch.setattr(JobGate, "read", lambda *given: reads.append(place.clock.now) or read(*given))

    def takes_a_while(item):
        begun.append(place.clock.now)
        place.clock.now += 0.5
        if place.clock.now > stopped:
            place.stand(state=state)
        return {}

    calculate(takes_a_while)
    assert place.work(place.chunk(0, list(range(100)))) == 0
    assert stopped < begun[-1] <= stopped + 2
    assert all(later - sooner >= 1 for sooner, later in pairwise(reads))
    assert (place.settlements(), place.results()) == ([], [])
    assert queues.counts(place.sqs, place.url) == (0, 0)


def test_a_chunk_is_settled_before_it_is_taken_off_the_queue(place, monkeypatch):
    place.enqueue(place.chunk(0, [1]))
    calls = []
    for name in ("send", "delete"):
        real = getattr(queues, name)
        monkeypatch.setattr(
            queues, name, lambda *args, real=real, name=name: calls.append((name, args[1])) or real(*args)
        )
    place.worker().work("task")
    assert calls == [("send", place.settlements_url), ("delete", place.url)]


def test_a_chunk_that_could_not_be_settled_stays_in_the_queue(place, monkeypatch):
    place.enqueue(place.chunk(0, [1]))

    def refuse(*args):
        raise DeliveryRefused("full")

    monkeypatch.setattr(queues, "send", refuse)
    with pytest.raises(DeliveryRefused):
        place.worker().work("task")
    assert queues.counts(place.sqs, place.url) == (0, 1)


def test_a_message_that_holds_no_chunk_is_left_to_the_queue(place):
    place.sqs.send_message(QueueUrl=place.url, MessageBody="{not json")
    assert place.work(place.chunk(0, [1])) == 1
    assert queues.counts(place.sqs, place.url) == (0, 1)


def test_a_worker_that_cannot_work_at_all_counts_as_not_started(place, monkeypatch):
    place.slots.start_workers("work", "lambda", 1, 1)
    (request,) = place.bus.put
    worker = place.worker(name=request.worker)
    monkeypatch.setattr(worker.hand, "poll", lambda most, seconds: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        worker.work("task")
    assert place.slots.row(request)["phase"] == "starting"


class Full:
    """An SQS client whose queue has too many messages in flight for so many short polls."""

    def __init__(self, sqs, polls: int):
        self.sqs, self.polls, self.waits = sqs, polls, []

    def __getattr__(self, name: str):
        return getattr(self.sqs, name)

    def receive_message(self, **request) -> dict:
        self.waits.append(request["WaitTimeSeconds"])
        if len(self.waits) <= self.polls:
            raise self.sqs.exceptions.OverLimit({"Error": {"Code": "OverLimit"}}, "ReceiveMessage")
        return self.sqs.receive_message(**request)


def test_a_worker_keeps_its_slot_and_looks_again_while_too_many_chunks_are_in_flight(place):
    place.enqueue(place.chunk(0, [1]), place.chunk(1, [1]))
    worker, began = place.worker(), place.clock()
    worker.hand.sqs = Full(place.sqs, polls=4)
    assert worker.work("task") == 2
    assert 4 <= place.clock() - began <= 12
    assert queues.counts(place.sqs, place.url) == (0, 0)


def test_a_worker_that_finds_no_room_until_its_time_is_over_passes_its_slot_on(place):
    place.enqueue(place.chunk(0, [1]))
    worker = place.worker(seconds=60)
    worker.hand.sqs = Full(place.sqs, polls=1000)
    assert worker.work("task") == 0
    assert len(place.bus.put) == 1
    assert place.waiting() == [0]


def last_look(place, worker, before) -> None:
    """Let something happen between a worker's giving its slot up and its last look at the queue."""
    poll = worker.hand.poll

    def looks(most: int, seconds: int) -> list[dict]:
        if not place.slots.live("work", 100):
            before()
        return poll(most, seconds)

    worker.hand.poll = looks


def test_a_chunk_laid_just_as_it_leaves_is_still_run(place):
    worker = place.worker()
    enqueued = []
    last_look(place, worker, lambda: enqueued or enqueued.append(place.enqueue(place.chunk(0, [1]))))
    assert worker.work("task") == 1
    assert place.slots.live("work", 100) == {}


def test_a_chunk_it_has_no_slot_for_any_more_is_put_back_as_if_never_taken(place):
    worker = place.worker()

    def laid_and_taken() -> None:
        place.enqueue(place.chunk(0, [1]))
        place.sqs.send_message(QueueUrl=place.url, MessageBody="{not json")
        place.slots.start_workers("work", "lambda", 1, 1)

    worker.pace.pull_size = lambda: 10
    last_look(place, worker, laid_and_taken)
    assert worker.work("task") == 0
    (message,) = place.messages(place.url)
    assert message["Attributes"] == {"ApproximateReceiveCount": "1", "MessageGroupId": "job"}


def test_a_beat_between_two_claims_does_not_end_the_second(place):
    worker = place.worker()
    enqueued = []

    def beats() -> None:
        worker.beat()
        enqueued or enqueued.append(place.enqueue(place.chunk(0, [1]), place.chunk(1, [1])))

    last_look(place, worker, beats)
    assert worker.work("task") == 2


def test_before_its_time_is_over_it_passes_its_slot_on(place, calculate):
    calculate(lambda item: place.clock.sleep(300) or {})
    assert place.work(*(place.chunk(n, [n]) for n in range(5))) == 2  # a third would not end within 900 s
    (successor,) = place.bus.put
    assert (successor.data_type, successor.slot, successor.attempt) == ("work", 0, 1)
    assert place.slots.row(successor)["phase"] == "starting"
    assert place.waiting() == [2, 3, 4]


def test_chunks_pulled_together_go_back_when_one_takes_all_the_time(place, calculate):
    calculate(lambda item: place.clock.sleep(item["n"]) or {})
    place.enqueue(*(place.chunk(n, [n == 1 and 890]) for n in range(5)))
    assert place.worker().work("task") == 2
    assert place.waiting() == [2, 3, 4]
    assert all(line["ok"] for line in place.results())


def test_a_worker_that_lost_its_slot_ends_what_it_has_and_pulls_no_more(place, calculate):
    worker = place.worker()

    def loses(item):
        place.clock.now += 60
        assert place.slots.start_workers("work", "lambda", 1, 1) == 1
        worker.beat()
        return {}

    calculate(loses)
    place.enqueue(place.chunk(0, [1]), place.chunk(1, [1]))
    assert worker.work("task") == 1
    assert place.waiting() == [1]
    assert len(place.bus.put) == 1
    assert place.slots.row(place.bus.put[0])["phase"] == "starting"


def test_a_beat_renews_the_lease_and_hides_what_is_in_hand(place, calculate, monkeypatch):
    hidden = []
    monkeypatch.setattr(queues, "hide", lambda sqs, url, handles, seconds: hidden.append((len(handles), seconds)))
    worker = place.worker()
    rows = []

    def slow(item):
        place.clock.now += 20
        worker.beat()
        rows.append(place.slots.row(worker.request))
        return {}

    calculate(slow)
    place.enqueue(place.chunk(0, [1]))
    worker.work("task")
    assert hidden == [(1, 30)]  # what has just been received is hidden anyway
    assert (rows[0]["phase"], rows[0]["jobs"], len(rows[0]["handles"]), rows[0]["task"]) == (
        "working",
        ["job"],
        1,
        "task",
    )
    assert rows[0]["expires_at"] == 1050


def test_a_chunk_in_progress_elsewhere_is_neither_settled_nor_deleted(place):
    def running(*args):
        raise AlreadyRunning("elsewhere")

    worker = place.worker(run_chunk=running)
    place.enqueue(place.chunk(0, [1]))
    assert worker.work("task") == 0
    assert queues.counts(place.sqs, place.url) == (0, 1)
    assert worker.hand.jobs == {}


def test_a_container_takes_the_request_as_arguments(monkeypatch):
    seen = []
    monkeypatch.setenv("ROLLCALL_TIMEOUT_SECONDS", "900")
    monkeypatch.setenv("AWS_BATCH_JOB_ID", "batch-job")
    monkeypatch.setattr(
        "rollcall.worker.entry.start", lambda request, left, task, _: seen.append((request, left() > 890, task))
    )
    request = WorkerRequested("option.american", 12, "abc", 2)
    main(["--version", "1", *(word for name, value in asdict(request).items() for word in (f"--{name}", str(value)))])
    assert seen == [(request, True, "batch-job")]
