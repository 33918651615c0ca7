"""Queues: full batches, until every entry has been taken."""

import pytest
import tenacity.nap

from rollcall.dispatch import queues
from rollcall.errors import DeliveryRefused, Throttled
from rollcall.events import WorkerRequested

REQUESTS = [WorkerRequested("work", slot, "worker", 1) for slot in range(2)]


@pytest.fixture(autouse=True)
def no_waits(monkeypatch):
    monkeypatch.setattr(tenacity.nap.time, "sleep", lambda seconds: None)


class Refusing:
    """Does not take the last entry the first `times` times, for a reason."""

    def __init__(self, times: int, code: str = "ThrottlingException"):
        self.times, self.code, self.calls = times, code, []

    def send_message_batch(self, QueueUrl, Entries):
        self.calls.append([entry["Id"] for entry in Entries])
        return {"Failed": [{"Id": "1", "Code": self.code}]} if len(self.calls) <= self.times else {}

    def put_events(self, Entries):
        self.calls.append(len(Entries))
        refused = len(self.calls) <= self.times
        return {"Entries": [*({} for _ in Entries[1:]), {"ErrorCode": self.code} if refused else {}]}


def test_a_refused_part_of_a_batch_is_sent_again():
    sqs, bus = Refusing(2), Refusing(2)
    queues.send(sqs, "url", REQUESTS)
    queues.put(bus, "bus", REQUESTS)
    assert sqs.calls == [["0", "1"], ["1"], ["1"]]
    assert bus.calls == [2, 1, 1]


@pytest.mark.parametrize("call", [queues.send, queues.put])
@pytest.mark.parametrize(
    ("code", "error"),
    [("ThrottlingException", Throttled), ("InternalFailure", Throttled), ("KMS.AccessDenied", DeliveryRefused)],
)
def test_what_is_refused_six_times_is_told_and_whether_it_may_be_taken_later(call, code, error):
    client = Refusing(99, code)
    with pytest.raises(error, match=rf"refused 1 entries 6 times \({code}\)"):
        call(client, "place", REQUESTS)
    assert len(client.calls) == 6


def test_hidden_messages_come_back_when_shown(place):
    place.enqueue(place.chunk(0, [1]), place.chunk(1, [1]))
    handles = [message["ReceiptHandle"] for message in place.messages(place.url)]
    assert queues.counts(place.sqs, place.url) == (0, 2)
    queues.hide(place.sqs, place.url, handles, 0)
    assert place.waiting() == [0, 1]


def test_a_message_that_is_gone_is_passed_over(place):
    place.enqueue(place.chunk(0, [1]))
    (message,) = place.messages(place.url)
    queues.delete(place.sqs, place.url, [message["ReceiptHandle"]])
    queues.hide(place.sqs, place.url, [message["ReceiptHandle"]], 30)
    queues.delete(place.sqs, place.url, [message["ReceiptHandle"]])
    assert queues.counts(place.sqs, place.url) == (0, 0)


def test_more_than_ten_are_deleted_in_batches_and_none_makes_no_call(place):
    place.enqueue(*(place.chunk(n, [1]) for n in range(12)))
    queues.delete(place.sqs, place.url, [message["ReceiptHandle"] for message in place.messages(place.url)])
    assert queues.counts(place.sqs, place.url) == (0, 0)
    queues.delete(None, place.url, [])
