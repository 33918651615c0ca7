"""The worker: runs its chunk, pulls on, settles before it deletes, hands over before its time is up."""

import json

import pytest

from rollcall import calculations, queues
from rollcall.errors import DeadlineExceeded
from rollcall.events import ChunkRequested, ChunkSettled, parse
from rollcall.results import read_results, result_key
from rollcall.settings import Settings
from rollcall.worker import Worker, main


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def place(cloud, monkeypatch):
    """A cloud with the worker's queues, and a calculation `work` that fails on negative numbers."""

    def work(item):
        if item["n"] < 0:
            raise ValueError(f"n is {item['n']}; give a positive one")
        return {"n": item["n"] * 2}

    monkeypatch.setattr(calculations, "load_all", lambda: None)
    monkeypatch.setattr(calculations, "_registry", {"work": lambda item, job: work(item)})
    monkeypatch.setattr("rollcall.worker.LONG_POLL_SECONDS", 0)
    cloud.settlements, cloud.route = cloud.queue("settlements"), cloud.queue("route")
    cloud.settings = Settings(
        bucket=cloud.bucket,
        bus="default",
        target="lambda",
        settlements_queue_url=cloud.settlements,
        route_queue_url=cloud.route,
    )
    return cloud


def chunk(cloud, number: int, values: list[int]) -> ChunkRequested:
    """Write a manifest of one chunk and return the request for it."""
    lines = [json.dumps({"id": f"{number}-{i}", "data_type": "work", "n": n}) for i, n in enumerate(values)]
    body = ("\n".join(lines) + "\n").encode()
    key = f"jobs/job/manifests/{number}.jsonl"
    cloud.s3.put_object(Bucket=cloud.bucket, Key=key, Body=body)
    return ChunkRequested("job", 1, number, 1, "work", key, 0, len(body), len(values), "")


def worker(cloud, clock, seconds: float = 900) -> Worker:
    return Worker(cloud.settings, cloud.s3, cloud.sqs, cloud.events, lambda: seconds - clock.now, clock)


def messages(cloud, url: str) -> list[str]:
    found = []
    while batch := cloud.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in batch]
    return found


def settlements(cloud) -> list[ChunkSettled]:
    return [parse(body, ChunkSettled) for body in messages(cloud, cloud.settlements)]


def test_it_runs_its_chunk_and_then_all_it_can_pull(place, clock):
    queues.send(place.sqs, place.route, [chunk(place, n, [n]) for n in range(1, 8)])
    assert worker(place, clock).work(chunk(place, 0, [1, 2])) == 8
    assert sorted(s.chunk for s in settlements(place)) == list(range(8))
    assert messages(place, place.route) == []
    assert len(list(read_results(place.s3, place.bucket, "job"))) == 9


def test_an_item_that_fails_fails_alone(place, clock):
    worker(place, clock).work(chunk(place, 0, [1, -2, 3]))
    (settled,) = settlements(place)
    assert (settled.succeeded, settled.failed, settled.target) == (2, 1, "lambda")
    good, bad, _ = read_results(place.s3, place.bucket, "job")
    assert good == {"id": "0-0", "data_type": "work", "ok": True, "result": {"n": 2}}
    assert bad["error"] == {"type": "ValueError", "message": "n is -2; give a positive one"}


def test_a_result_that_is_not_json_fails_its_item(place, clock, monkeypatch):
    monkeypatch.setitem(calculations._registry, "work", lambda item, job: {"n": float("nan")})
    worker(place, clock).work(chunk(place, 0, [1]))
    assert settlements(place)[0].failed == 1


def test_a_data_type_without_calculation_fails_its_items_and_says_so(place, clock, monkeypatch):
    monkeypatch.setattr(calculations, "_registry", {})
    worker(place, clock).work(chunk(place, 0, [1]))
    (line,) = read_results(place.s3, place.bucket, "job")
    assert line["error"]["type"] == "NoCalculation"


def test_the_first_result_stands_and_a_repeat_settles_with_its_counts(place, clock, monkeypatch):
    request = chunk(place, 0, [1, -1])
    worker(place, clock).work(request)
    monkeypatch.setitem(calculations._registry, "work", lambda item, job: {"n": "other"})
    worker(place, clock).work(request)
    first, second = settlements(place)
    assert (first.succeeded, first.failed) == (second.succeeded, second.failed) == (1, 1)
    assert next(read_results(place.s3, place.bucket, "job"))["result"] == {"n": 2}


def test_items_it_has_no_time_for_fail_by_name(place, clock):
    clock.now = 899
    worker_at_its_end = Worker(place.settings, place.s3, place.sqs, place.events, lambda: 1.0, clock)
    worker_at_its_end.margin = 20
    worker_at_its_end.run(chunk(place, 0, [1]))
    worker_at_its_end.flush()
    (line,) = read_results(place.s3, place.bucket, "job")
    assert line["error"]["type"] == DeadlineExceeded.__name__
    assert "lower chunk_size, or raise timeout_minutes" in line["error"]["message"]


def test_before_its_time_is_over_it_hands_over_to_a_successor(place, clock, monkeypatch):
    put = []
    monkeypatch.setattr(queues, "put", lambda client, bus, events: put.extend(events))

    def slow(item, job):
        clock.now += 300
        return {}

    monkeypatch.setitem(calculations._registry, "work", slow)
    queues.send(place.sqs, place.route, [chunk(place, n, [n]) for n in range(1, 6)])
    done = worker(place, clock).work(chunk(place, 0, [0]))
    assert done == 2  # a third chunk of 300 s would not end within 900 s and the margin
    assert len(put) == 1
    assert len(messages(place, place.route)) == 3


def test_a_chunk_is_settled_before_it_is_taken_off_the_queue(place, clock, monkeypatch):
    calls = []
    for name in ("send", "delete"):
        real = getattr(queues, name)
        monkeypatch.setattr(
            queues, name, lambda *args, real=real, name=name: calls.append((name, len(args[2]))) or real(*args)
        )
    real_send = calls  # keeps the order of calls
    place.sqs.send_message(QueueUrl=place.route, MessageBody=json.dumps(envelope_of(chunk(place, 1, [1]))))
    worker(place, clock).work(chunk(place, 0, [1]))
    assert real_send == [("send", 2), ("delete", 1)]


def envelope_of(event):
    from rollcall.events import envelope

    return envelope(event)


def test_chunks_are_pulled_singly_when_they_take_long_and_by_ten_when_short(place, clock):
    it = worker(place, clock)
    for seconds, size in ((0.0, 10), (0.2, 10), (0.5, 4), (1.5, 1), (60, 1)):
        it.longest_chunk = seconds
        assert it.pull_size() == size


def test_a_refused_part_of_a_batch_is_sent_again(place, clock):
    refuse_once = {"Failed": [{"Id": "0", "Code": "x", "SenderFault": False}]}
    answers = [refuse_once]
    real = place.sqs.send_message_batch

    class Sqs:
        def send_message_batch(self, **kwargs):
            return answers.pop() if answers else real(**kwargs)

    queues.send(Sqs(), place.settlements, [settled_event()])
    assert len(messages(place, place.settlements)) == 1


def settled_event() -> ChunkSettled:
    return ChunkSettled("job", 1, 0, 1, 0, "lambda", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")


def test_a_container_takes_the_request_as_arguments(monkeypatch):
    seen = []
    monkeypatch.setenv("ROLLCALL_TIMEOUT_SECONDS", "900")
    monkeypatch.setattr(
        "rollcall.worker.start", lambda request, seconds_left: seen.append((request, seconds_left() > 890))
    )
    request = ChunkRequested("job", 1, 12, 1, "option.american", "jobs/job/manifests/x.jsonl", 5, 10, 2, "")
    arguments = [word for name, value in vars(request).items() for word in (f"--{name}", str(value))]
    main(["--version", "1", *arguments])
    assert seen == [(request, True)]


def test_results_lie_where_job_run_and_chunk_say():
    assert result_key("job", 1, 12) == "jobs/job/results/1/00000012.jsonl"
