"""Numbers and values in portions: cut into batches, or told as unbroken stretches."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Values as they come, in lists of so many; only the last may be shorter."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


def neighbours(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as (first, count) of each unbroken stretch: 1, 2, 3, 7 → (1, 3), (7, 1)."""
    first = count = 0
    for number in numbers:
        if count and number == first + count:
            count += 1
            continue
        if count:
            yield first, count
        first, count = number, 1
    if count:
        yield first, count


def stretches(numbers: list[int]) -> list[list[int]]:
    """Ascending numbers as the first and last of each unbroken stretch: 1, 2, 3, 7 → [1, 3], [7, 7]."""
    return [[first, first + count - 1] for first, count in neighbours(numbers)]
