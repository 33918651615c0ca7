"""One chunk: run once as long as nobody ran it; failed as a whole when nobody can."""

import pytest

from rollcall.errors import Abandoned, WorkerLost
from rollcall.worker.chunks import fail_chunk, run_chunk
from rollcall.worker.run_items import Limits

LIMITS = Limits(3, lambda: 900.0, lambda: False)


def run(place, request, attempt: int = 1, limits: Limits = LIMITS):
    return run_chunk(request, attempt, place.s3, place.bucket, "lambda", limits)()


def test_a_chunk_is_run_and_tells_how_it_settled(place):
    settled = run(place, place.chunk(7, [1, -1, 2]))
    assert (settled.job_id, settled.run, settled.chunk, settled.attempt) == ("job", 1, 7, 1)
    assert (settled.succeeded, settled.failed, settled.target) == (2, 1, "lambda")
    assert settled.started_at <= settled.ended_at


@pytest.mark.parametrize(("attempt", "dispatch"), [(2, 1), (1, 2)])
def test_handed_out_again_it_settles_by_its_result(place, calculate, attempt, dispatch):
    run(place, place.chunk(0, [1, -1]))
    calculate(lambda item: pytest.fail("ran again"))
    settled = run(place, place.chunk(0, [1, -1], dispatch=dispatch), attempt)
    assert (settled.succeeded, settled.failed, settled.attempt) == (1, 1, attempt)


def test_handed_out_again_without_a_result_it_is_run(place):
    assert run(place, place.chunk(0, [1]), attempt=2).succeeded == 1


def test_an_abandoned_chunk_writes_nothing(place):
    with pytest.raises(Abandoned):
        run(place, place.chunk(0, [1]), limits=Limits(3, lambda: 900.0, lambda: True))
    assert place.results() == []


def test_a_lost_chunk_fails_all_its_items_by_name_to_be_redriven(place):
    request = place.chunk(0, [1, 2])
    settled = fail_chunk(request, 3, place.s3, place.bucket, "fargate", WorkerLost("every worker died"))
    assert (settled.succeeded, settled.failed, settled.target) == (0, 2, "fargate")
    assert place.results()[1]["error"] == {
        "type": "WorkerLost",
        "message": "every worker died",
        "retryable": True,
        "attempts": 3,
    }


def test_a_lost_chunk_that_has_a_result_settles_with_it(place):
    request = place.chunk(0, [1, 2])
    run(place, request)
    assert fail_chunk(request, 3, place.s3, place.bucket, "lambda", WorkerLost("died")).succeeded == 2
    assert all(line["ok"] for line in place.results())


def test_a_run_keeps_its_results_to_itself(place):
    run(place, place.chunk(0, [1]))
    assert run(place, place.chunk(0, [-1], run=2), attempt=2).failed == 1


def test_what_was_done_before_a_pause_is_not_run_again_after_it(place, calculate):
    ran = []
    calculate(lambda item: ran.append(item["n"]) or {"n": item["n"]})
    paused = Limits(3, lambda: 900.0, lambda: len(ran) == 2)
    with pytest.raises(Abandoned):
        run(place, place.chunk(0, [1, 2, 3]), limits=paused)
    settled = run(place, place.chunk(0, [1, 2, 3], dispatch=2))
    assert (ran, settled.succeeded) == ([1, 2, 3], 3)
    assert [line["result"]["n"] for line in place.results()] == [1, 2, 3]


def test_a_chunk_of_a_newer_dispatch_that_nobody_began_runs_where_the_worker_does(place, monkeypatch):
    monkeypatch.setattr("rollcall.worker.chunks.IsolatedProcess", lambda *_: pytest.fail("ran apart"))
    assert run(place, place.chunk(0, [1], dispatch=2)).succeeded == 1
