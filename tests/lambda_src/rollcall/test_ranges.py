"""Values are cut into batches, numbers are told as stretches."""

import pytest

from rollcall.ranges import batches, neighbours, stretches


def test_batches_are_cut_lazily():
    endless = iter(int, 1)
    assert next(batches(endless, 3)) == [0, 0, 0]
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("numbers", "first_and_count", "first_and_last"),
    [
        ([], [], []),
        ([5], [(5, 1)], [[5, 5]]),
        ([1, 2, 3, 7], [(1, 3), (7, 1)], [[1, 3], [7, 7]]),
        ([0, 2, 3, 5], [(0, 1), (2, 2), (5, 1)], [[0, 0], [2, 3], [5, 5]]),
    ],
)
def test_ascending_numbers_are_told_as_unbroken_stretches(numbers, first_and_count, first_and_last):
    assert list(neighbours(numbers)) == first_and_count
    assert stretches(numbers) == first_and_last
