"""How a job stands decides whether its chunks are handed out; it is looked at every one and a half seconds."""

import pytest

from rollcall.worker.job_gate import JobGate, fresh_seconds


class SlowTable:
    """The table of jobs, whose answers take some seconds from when they are found."""

    def __init__(self, place, seconds):
        self.place, self.seconds = place, seconds

    def get_item(self, **asked):
        answer = self.place.cloud.jobs.get_item(**asked)
        self.place.clock.now += self.seconds
        return answer


@pytest.fixture
def job_gate(place):
    return JobGate(place.cloud.jobs, place.clock)


@pytest.mark.parametrize(
    ("state", "goes_on"),
    [
        ("PARTITIONING", False),
        ("RUNNING", True),
        ("PAUSED", False),
        ("SETTLED", False),
        ("CANCELLED", False),
        ("SUCCEEDED", False),
    ],
)
def test_only_a_running_job_hands_out_and_lets_go_on_what_has_begun(place, job_gate, state, goes_on):
    place.stand(state=state)
    assert job_gate.hands_out(place.chunk(0, [1])) == goes_on
    assert job_gate.goes_on(place.chunk(0, [1])) == goes_on


def test_a_job_there_is_not_hands_nothing_out(place, job_gate):
    place.cloud.jobs.delete_item(Key={"job_id": "job", "record": "job"})
    assert not job_gate.hands_out(place.chunk(0, [1]))
    assert not job_gate.goes_on(place.chunk(0, [1]))


def test_a_chunk_of_an_older_dispatch_is_void_and_one_that_has_begun_goes_on(place, job_gate):
    place.stand(dispatch=2)
    assert not job_gate.hands_out(place.chunk(0, [1], dispatch=1))
    assert job_gate.goes_on(place.chunk(0, [1], dispatch=1))
    assert job_gate.hands_out(place.chunk(0, [1], dispatch=2))


def test_a_chunk_of_another_run_is_void(place, job_gate):
    place.stand(run=2)
    assert not job_gate.hands_out(place.chunk(0, [1], run=1))
    assert not job_gate.goes_on(place.chunk(0, [1], run=1))


def test_a_job_is_read_at_most_every_one_and_a_half_seconds(place, job_gate):
    request = place.chunk(0, [1])
    assert job_gate.hands_out(request)
    place.stand(state="CANCELLED")
    place.clock.now += 1.4
    assert job_gate.goes_on(request)
    place.clock.now += 0.1
    assert not job_gate.goes_on(request)


def test_what_a_slow_read_found_is_as_old_as_the_read(place):
    job_gate, request = JobGate(SlowTable(place, seconds=1.2), place.clock), place.chunk(0, [1])
    assert job_gate.hands_out(request)
    place.stand(state="CANCELLED")
    place.clock.now += 0.2
    assert job_gate.goes_on(request)
    place.clock.now += 0.1
    assert not job_gate.goes_on(request)


def test_a_chunk_of_a_newer_dispatch_than_known_makes_it_look_again_at_once(place, job_gate):
    assert job_gate.hands_out(place.chunk(0, [1]))
    place.stand(run=2, dispatch=2)
    assert job_gate.hands_out(place.chunk(0, [1], run=2, dispatch=2))


@pytest.mark.parametrize(("workers", "seconds"), [(1, 1.5), (3000, 1.5), (10_000, 5.0)])
def test_many_workers_look_less_often_so_that_one_row_can_answer_them_all(workers, seconds):
    assert fresh_seconds(workers) == seconds
