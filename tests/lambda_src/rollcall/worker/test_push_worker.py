"""A chunk that was pushed is run once and answered by the way its request names."""

import json
import threading
from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from rollcall.errors import Abandoned, InvalidEvent
from rollcall.events import ChunkPushed, ItemCompleted, envelope, parse
from rollcall.worker import push_worker
from rollcall.worker.job_gate import JobGate
from rollcall.worker.push_worker import PushWorker


class States:
    """Stands for Step Functions: keeps what is answered, or refuses it with an error code."""

    def __init__(self, refuses: str = ""):
        self.refuses, self.answers, self.beaten = refuses, [], threading.Event()

    def send_task_success(self, taskToken: str, output: str) -> None:
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses, "Message": ""}}, "SendTaskSuccess")
        self.answers.append((taskToken, json.loads(output)))

    def send_task_heartbeat(self, taskToken: str) -> None:
        assert taskToken == "token"
        self.beaten.set()


@pytest.fixture
def worker(place, monkeypatch):
    """answer(values, answer_to) of a worker, and where its answers go: `told` on the bus, `states`."""
    told = []
    monkeypatch.setattr(push_worker.queues, "put", lambda client, bus, events: told.extend(events))
    made = SimpleNamespace(told=told, states=States(), left=lambda: 900.0)

    def answer(values: list[int], answer_to: str = "", tries: int = 0) -> dict:
        request = {name: value for name, value in asdict(place.chunk(0, values)).items() if name != "tries"}
        message = envelope(ChunkPushed("work", answer_to, tries, request))
        settings = replace(place.settings, bus="bus")
        job_gate = JobGate(place.cloud.jobs, place.clock)
        it = PushWorker(settings, place.s3, None, made.states, job_gate, place.cloud.workers)
        return it.answer(parse(message, ChunkPushed), made.left)

    made.answer = answer
    return made


def test_the_caller_gets_the_counts_and_nobody_else_hears(place, worker):
    assert worker.answer([1, -2, 3]) == {"chunk": 0, "succeeded": 2, "failed": 1}
    assert [line["ok"] for line in place.results()] == [True, False, True]
    assert (worker.told, worker.states.answers, place.settlements()) == ([], [], [])


def test_a_task_token_is_answered_with_the_counts(worker):
    worker.answer([1, -2], "token")
    assert worker.states.answers == [("token", {"chunk": 0, "succeeded": 1, "failed": 1})]
    assert worker.told == []


def test_a_chunk_that_takes_long_shows_that_it_lives(place, worker, calculate, monkeypatch):
    monkeypatch.setattr("rollcall.worker.heartbeat.HEARTBEAT_SECONDS", 0.01)

    calculate(lambda item: {"beaten": worker.states.beaten.wait(300)})
    worker.answer([1], "token")
    assert place.results()[0]["result"] == {"beaten": True}


def test_an_answer_on_the_bus_names_the_chunk_whatever_became_of_it(worker):
    worker.answer([-1], "bus")
    assert worker.told == [ItemCompleted("job", 1, 0)]
    assert worker.states.answers == []


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist"])
def test_a_token_that_another_has_answered_is_let_go_so_that_nothing_runs_again(worker, code):
    worker.states.refuses = code
    assert worker.answer([1], "token")["succeeded"] == 1


def test_an_answer_that_did_not_arrive_is_given_again(worker):
    worker.states.refuses = "ThrottlingException"
    with pytest.raises(ClientError, match="ThrottlingException"):
        worker.answer([1], "token")


def test_the_same_chunk_pushed_twice_has_one_result_and_the_same_counts(place, worker, calculate):
    first = worker.answer([1, -1])
    calculate(lambda item: {"n": "other"})
    assert worker.answer([1, -1]) == first
    assert place.results()[0]["result"] == {"n": 2}


@pytest.mark.parametrize("answer_to", ["", "bus", "token"])
def test_a_chunk_of_an_ended_job_is_neither_run_nor_answered(place, worker, answer_to):
    place.stand(state="CANCELLED")
    with pytest.raises(Abandoned):
        worker.answer([1], answer_to)
    assert (place.results(), worker.told, worker.states.answers) == ([], [], [])


def test_items_are_not_begun_when_the_time_of_the_function_is_nearly_over(place, worker, calculate):
    left = [100.0]
    worker.left = lambda: left[0]

    def takes_long(item: dict) -> dict:
        left[0] = 9.0
        return {}

    calculate(takes_long)
    assert worker.answer([1, 2]) == {"chunk": 0, "succeeded": 1, "failed": 1}
    assert place.results()[1]["error"]["type"] == "DeadlineExceeded"


def test_a_request_that_is_none_is_refused(worker):
    with pytest.raises(InvalidEvent, match="chunk_requested.json"):
        PushWorker(None, None, None, None, None, None).answer(ChunkPushed("work", "", 0, {"chunk": 1}), lambda: 1)
