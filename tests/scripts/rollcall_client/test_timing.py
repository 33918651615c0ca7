"""Times are told as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from rollcall_client import timing


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (200_000, "2 days")]
)
def test_a_span_is_told_in_its_largest_sensible_unit(seconds, words):
    assert timing.length(timedelta(seconds=seconds)) == words


def test_times_are_told_from_now():
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert timing.ago("2026-01-01T11:59:48+00:00", now) == "12 s ago"
    assert timing.until("2026-01-01T12:05:00+00:00", now) == "in 5 min"
    assert timing.until("2026-01-01T11:00:00+00:00", now) == "now"
    assert timing.clock("2026-01-01T12:05:00.123+00:00") == "2026-01-01 12:05:00 UTC"
