"""How many items were at work at once, from when each began and ended."""

import pytest

from rollcall_bench import spans


def test_items_one_after_another_are_never_two_at_once():
    assert spans.peak([(0, 1), (1, 2), (2, 3)]) == 1
    assert spans.mean([(0, 1), (1, 2), (2, 3)]) == 1


def test_the_peak_is_a_moment_and_the_mean_is_over_all_of_the_time():
    at_work = [(0, 4), (1, 2), (1.5, 3)]
    assert spans.peak(at_work) == 3
    assert spans.mean(at_work) == pytest.approx(6.5 / 4)
