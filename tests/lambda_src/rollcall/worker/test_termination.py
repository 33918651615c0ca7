"""A worker that is told to end: what is done is settled or kept, what is not goes to its successor."""

import signal

import pytest

from rollcall.errors import Terminated
from rollcall.events import ChunkRequested, parse
from rollcall.worker.termination import Termination


@pytest.fixture
def termination() -> Termination:
    return Termination()


def test_an_item_is_interrupted_and_nothing_else_is(termination):
    termination.ask(signal.SIGTERM, None)
    assert termination.asked
    with pytest.raises(Terminated) as ended, termination.interrupting():
        termination.ask(signal.SIGTERM, None)
    assert ended.value.code == 143
    termination.ask(signal.SIGTERM, None)


def test_its_successor_goes_on_with_the_item_that_was_interrupted(place, calculate, termination):
    ran = []

    def work(item):
        ran.append(item["n"])
        if ran.count(2) == 1 and item["n"] == 2:
            termination.ask(signal.SIGTERM, None)
        return {}

    calculate(work)
    place.enqueue(place.chunk(0, [1, 2, 3]), place.chunk(1, [4]))
    assert place.worker(termination=termination).work("task") == 0
    assert (ran, place.settlements()) == ([1, 2], [])
    (successor,) = place.bus.put
    assert place.worker(name=successor.worker).work("task") == 2
    assert sorted(ran) == [1, 2, 2, 3, 4]
    assert sorted((settled.chunk, settled.attempt, settled.succeeded) for settled in place.settlements()) == [
        (0, 2, 3),
        (1, 1, 1),
    ]


def test_what_was_done_before_is_settled(place, calculate, termination):
    def work(item):
        if item["n"] == 2:
            termination.ask(signal.SIGTERM, None)
        return {}

    calculate(work)
    place.enqueue(place.chunk(0, [1]), place.chunk(1, [2]), place.chunk(2, [3]))
    assert place.worker(termination=termination).work("task") == 1
    assert [settled.chunk for settled in place.settlements()] == [0]
    tries = [parse(message["Body"], ChunkRequested) for message in place.messages(place.url)]
    assert sorted((request.chunk, request.tries) for request in tries) == [(1, 1), (2, 0)]


def test_one_that_lets_no_exception_through_ends_before_its_next_item(place, calculate, termination):
    ran = []

    def work(item):
        ran.append(item["n"])
        try:
            termination.ask(signal.SIGTERM, None)
        except BaseException:
            return {}

    calculate(work)
    place.work(place.chunk(0, [1, 2]), termination=termination)
    assert ran == [1]
