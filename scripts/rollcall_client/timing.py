"""Times as people read them."""

from datetime import UTC, datetime, timedelta


def clock(at: str) -> str:
    """An ISO 8601 time as 2026-01-31 22:15:03 UTC."""
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def ago(at: str, now: datetime) -> str:
    return f"{length(now - datetime.fromisoformat(at))} ago"


def until(at: str, now: datetime) -> str:
    """How long it is to a time: "in 5 min", or "now" when it is past."""
    left = datetime.fromisoformat(at) - now
    return f"in {length(left)}" if left > timedelta() else "now"


def length(span: timedelta) -> str:
    """A span in its largest sensible unit: 12 s, 3 min, 5 h, 4 days."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
