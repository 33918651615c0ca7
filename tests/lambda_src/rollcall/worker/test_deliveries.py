"""Chunks handed out before: each runs alone, none is lost with another, none is tried too often."""

import json
from dataclasses import replace

from rollcall.worker import deliveries


def pulled(place, *attempts: int) -> list[dict]:
    """Messages as one pull gives them: chunk n was handed out attempts[n] times, this one included."""
    place.enqueue(*(place.chunk(n, [n]) for n in range(len(attempts))))
    messages = place.messages(place.url)
    by_chunk = sorted(messages, key=lambda message: json.loads(message["Body"])["detail"]["chunk"])
    for message, attempt in zip(by_chunk, attempts, strict=True):
        message["Attributes"]["ApproximateReceiveCount"] = str(attempt)
    return by_chunk


def test_a_chunk_that_its_worker_may_have_died_of_runs_with_no_other_in_hand(place, calculate):
    worker = place.worker()
    in_hand = {}
    calculate(lambda item: in_hand.update({item["n"]: len(worker.hand.jobs)}) or {})
    worker.claim("task")
    worker.run(worker.hand.take(pulled(place, 1, 2, 1, 3)))
    assert in_hand == {0: 3, 2: 3, 1: 1}
    (put_back,) = place.messages(place.url)
    assert json.loads(put_back["Body"])["detail"]["tries"] == 2
    assert put_back["Attributes"]["ApproximateReceiveCount"] == "1"  # its third time, then as now


def test_a_chunk_that_was_tried_often_enough_is_left_to_the_queue(place, calculate):
    ran = []
    calculate(lambda item: ran.append(item) or {})
    worker = place.worker()
    worker.claim("task")
    worker.run(worker.hand.take(pulled(place, worker.most_deliveries + 1)))
    assert (ran, worker.hand.jobs, worker.batch.done) == ([], {}, [])
    assert len(place.messages(place.url)) == 1


def test_what_holds_no_chunk_is_passed_over(place):
    place.enqueue(place.chunk(0, [1]))
    place.sqs.send_message(QueueUrl=place.url, MessageBody="{not json")
    (chunk,) = deliveries.read(place.messages(place.url))
    assert (chunk.request.chunk, chunk.attempt, chunk.group) == (0, 1, "job")


def test_tries_by_messages_before_are_counted_in(place):
    place.enqueue(replace(place.chunk(0, [1]), tries=2))
    (chunk,) = deliveries.read(place.messages(place.url))
    assert (chunk.attempt, chunk.as_undelivered.tries) == (3, 2)
