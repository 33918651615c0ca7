"""While a worker runs a short chunk, the one before is written and the next one fetched; nothing is lost by it."""

import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from rollcall.dispatch import queues
from rollcall.events import ChunkRequested, parse
from rollcall.records import results
from rollcall.worker.chunks import result_key

SHORT, LONG = 1.5, 2.5


class Watched:
    """A worker whose chunk n takes so many seconds; keeps what it had in hand and what was written when n ended."""

    def __init__(self, place, calculate, *seconds: float, **settings):
        place.settings = replace(place.settings, **settings)
        self.place, self.worker = place, place.worker()
        self.chunks = [place.chunk(n, [n]) for n in range(len(seconds))]
        self.in_hand, self.written = {}, {}

        def work(item: dict) -> dict:
            place.clock.sleep(seconds[item["n"]])
            self.wait()
            self.in_hand[item["n"]] = len(self.worker.hand.jobs)
            self.written[item["n"]] = [n for n, chunk in enumerate(self.chunks) if self.is_written(chunk)]
            return {}

        calculate(work)
        place.enqueue(*self.chunks)

    def wait(self) -> None:
        """Until the second thread has nothing more to do."""
        futures = [self.worker.ahead, *self.worker.read.values(), *(self.worker.batch.writing or ())[1:]]
        deadline = time.monotonic() + 300
        while not all(future.done() for future in futures if future):
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def is_written(self, chunk) -> bool:
        return results.stored_counts(self.place.s3, self.place.bucket, result_key(chunk)) is not None


def test_short_chunks_are_written_and_fetched_while_others_run(place, calculate):
    it = Watched(place, calculate, *[SHORT] * 4)
    assert it.worker.work("task") == 4
    assert it.in_hand == {0: 1, 1: 3, 2: 4, 3: 4}  # settled together at the end; the first one's time was not known
    assert it.written == {0: [], 1: [0], 2: [0, 1], 3: [0, 1, 2]}
    assert sorted(settled.chunk for settled in place.settlements()) == [0, 1, 2, 3]
    assert queues.counts(place.sqs, place.url) == (0, 0)


@pytest.mark.parametrize(("seconds", "attempts"), [(LONG, "3"), (SHORT, "1")])
def test_long_chunks_and_those_of_one_attempt_are_written_first_and_nothing_is_fetched(
    place, calculate, seconds, attempts
):
    it = Watched(place, calculate, *[seconds] * 3, max_attempts=attempts)
    assert it.worker.work("task") == 3
    assert it.written == {0: [], 1: [0], 2: [0, 1]}
    assert it.in_hand == {0: 1, 1: 2, 2: 3}  # the others are in hand until their settlements are sent


def test_a_chunk_that_was_handed_out_before_is_written_before_another_may_kill_its_worker(place, calculate):
    it = Watched(place, calculate, SHORT, SHORT)
    messages = place.messages(place.url)
    messages[0]["Attributes"]["ApproximateReceiveCount"] = "2"
    it.worker.claim("task")
    it.worker.pace.recent.append(SHORT)
    it.worker.run(it.worker.hand.take(messages[:1]))
    assert (it.worker.ahead, it.worker.batch.writing) == (None, None)
    assert it.is_written(it.chunks[0])


def test_what_was_fetched_for_a_slot_that_is_lost_goes_back(place, calculate):
    it = Watched(place, calculate, SHORT, SHORT, SHORT)
    wait = it.wait

    def wait_and_lose() -> None:
        wait()
        if len(it.in_hand) == 1:
            place.clock.now += 60
            assert place.slots.start_workers("work", "lambda", 1, 1) == 1
            it.worker.beat()

    it.wait = wait_and_lose
    assert it.worker.work("task") == 2
    assert place.waiting() == [2]
    assert it.worker.hand.jobs == {}


def test_settlements_of_overlapping_chunks_go_in_full_batches(place, calculate, monkeypatch):
    calculate(lambda item: {})
    sent, send = [], queues.send
    place.enqueue(*(place.chunk(n, [n]) for n in range(25)))
    monkeypatch.setattr(queues, "send", lambda sqs, url, some, *group: sent.append(len(some)) or send(sqs, url, some))
    assert place.worker().work("task") == 25
    assert sent == [10, 10, 5]


def refusing(code: str, times: int = 1_000_000):
    """A write that S3 refuses so many times."""
    left, write = iter(range(times)), results.write_once

    def write_once(*given):
        if next(left, None) is not None:
            raise ClientError({"Error": {"Code": code}}, "PutObject")
        return write(*given)

    return write_once


def test_a_chunk_whose_results_may_not_be_written_is_not_settled_and_comes_again(place, calculate, monkeypatch):
    it = Watched(place, calculate, SHORT, SHORT, SHORT)
    it.wait = lambda: None
    monkeypatch.setattr(results, "write_once", refusing("AccessDenied"))
    with pytest.raises(ClientError):
        it.worker.work("task")
    assert place.settlements() == []
    waiting, in_work = queues.counts(place.sqs, place.url)
    assert waiting + in_work == 3


def test_results_are_written_as_soon_as_s3_has_room(place, calculate, monkeypatch):
    it = Watched(place, calculate, SHORT, SHORT, SHORT)
    it.wait = lambda: None
    monkeypatch.setattr(results, "write_once", refusing("SlowDown", times=5))
    assert it.worker.work("task") == 3
    assert sorted(settled.chunk for settled in place.settlements()) == [0, 1, 2]
    assert queues.counts(place.sqs, place.url) == (0, 0)


@pytest.mark.parametrize("seconds", [SHORT, LONG])
def test_a_chunk_whose_results_s3_has_no_room_for_goes_back_with_all_its_attempts(
    place, calculate, monkeypatch, seconds
):
    it = Watched(place, calculate, *[seconds] * 3)
    it.wait = lambda: None
    monkeypatch.setattr(results, "write_once", refusing("SlowDown"))
    it.worker.work("task")  # it ends when its time is over, and not by an error
    assert place.settlements() == []
    assert len(place.bus.put) == 1  # its successor
    left = [
        (message["Attributes"]["ApproximateReceiveCount"], parse(message["Body"], ChunkRequested).tries)
        for message in place.messages(place.url)
    ]
    assert left == [("1", 0)] * 3
    assert it.worker.hand.jobs == {}


def test_a_chunk_whose_items_s3_has_no_room_to_read_goes_back_with_all_its_attempts(place, calculate, monkeypatch):
    calculate(lambda item: {})
    asked = []

    def read(request, s3, bucket):
        asked.append(request.chunk)
        if len(asked) < 5:
            raise ClientError({"Error": {"Code": "503"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "GetObject")
        return [{"id": "a", "data_type": "work"}]

    monkeypatch.setattr("rollcall.worker.chunks.read_items", read)
    monkeypatch.setattr("rollcall.worker.pull_worker.read_items", read)
    assert place.work(place.chunk(0, [1]), place.chunk(1, [1])) == 2
    assert sorted((settled.chunk, settled.attempt) for settled in place.settlements()) == [(0, 1), (1, 1)]
