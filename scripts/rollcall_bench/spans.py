"""How many items were at work at once, by the times at which each says it began and ended."""

from collections.abc import Iterable

Span = tuple[float, float]  # seconds since 1970


def peak(spans: Iterable[Span]) -> int:
    """The most that were at work at one moment; one that ends as another begins is not at work with it."""
    changes = sorted(change for began, ended in spans for change in ((began, 1), (ended, -1)))
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def mean(spans: Iterable[Span]) -> float:
    """How many were at work on average, from the first beginning to the last end."""
    spans = list(spans)
    lasted = max(ended for _, ended in spans) - min(began for began, _ in spans)
    return sum(ended - began for began, ended in spans) / lasted
