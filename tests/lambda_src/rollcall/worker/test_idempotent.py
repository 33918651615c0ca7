"""An idempotent route: a calculation is not begun twice for the same chunk, at two writes a chunk."""

import pytest
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

from rollcall.errors import Abandoned, AlreadyRunning
from rollcall.worker.idempotent import run_chunk_idempotently
from rollcall.worker.run_items import Limits

LIMITS = Limits(3, lambda: 900.0, lambda: False)


@pytest.fixture
def run(place):
    """run(request, attempt): as one worker would; every call stands for another worker."""

    def run(request, attempt: int = 1, limits: Limits = LIMITS):
        once = run_chunk_idempotently(place.cloud.idempotency.name)
        return once(request, attempt, place.s3, place.bucket, "lambda", limits)()

    return run


@pytest.fixture
def runs(calculate) -> list[int]:
    seen = []

    def work(item):
        seen.append(item["n"])
        return {}

    calculate(work)
    return seen


def test_a_repeat_settles_with_the_first_answer_and_runs_nothing(place, run, runs):
    request = place.chunk(0, [1, 2])
    first, repeat = run(request), run(request)
    assert runs == [1, 2]
    assert repeat == first


def test_other_chunks_and_other_runs_are_calculated(place, run, runs):
    run(place.chunk(0, [1]))
    run(place.chunk(1, [2]))
    run(place.chunk(0, [3], run=2))
    assert runs == [1, 2, 3]


def test_a_chunk_in_progress_is_not_begun_by_a_second_worker(place, run, calculate):
    request, told = place.chunk(0, [1]), []

    def work(item):
        with pytest.raises(AlreadyRunning, match="chunk 0 of job 'job' is in progress elsewhere") as raised:
            run(request)
        told.append(raised.value)
        return {}

    calculate(work)
    assert run(request).succeeded == 1
    assert len(told) == 1


def test_a_chunk_that_was_given_up_may_be_begun_again(place, run, runs):
    request = place.chunk(0, [1])
    with pytest.raises(Abandoned):
        run(request, limits=Limits(3, lambda: 900.0, lambda: True))
    assert run(request).succeeded == 1


def test_it_costs_two_writes_and_a_repeat_one(place, run, runs, monkeypatch):
    calls = []
    real = DynamoDBPersistenceLayer.__init__

    def counted(self, *args, **kwargs):
        real(self, *args, **kwargs)
        self.client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))

    monkeypatch.setattr(DynamoDBPersistenceLayer, "__init__", counted)
    run(place.chunk(0, [1]))
    assert calls == ["PutItem", "UpdateItem"]
    run(place.chunk(0, [1]))
    assert calls[2:] == ["PutItem"]
    assert len(place.cloud.idempotency.scan()["Items"]) == 1
