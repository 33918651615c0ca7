"""How many chunks are pulled at once follows from what the last ones took."""

from rollcall.worker.pace import Pace


def test_chunks_are_pulled_singly_when_they_take_long_and_by_ten_when_short():
    pace = Pace(max_attempts=3)
    assert pace.pull_size() == 1  # nothing is known yet
    for seconds, size in ((0.0, 10), (0.2, 10), (0.5, 4), (1.5, 1), (60, 1)):
        pace.recent.append(seconds)
        assert pace.pull_size() == size
    pace.recent.extend([0.2] * 9)
    assert pace.pull_size() == 1  # one of the last ten took long
    pace.recent.append(0.2)
    assert pace.pull_size() == 10


def test_a_route_of_one_attempt_is_pulled_one_by_one():
    pace = Pace(max_attempts=1)
    pace.note(0.1)
    assert pace.pull_size() == 1
