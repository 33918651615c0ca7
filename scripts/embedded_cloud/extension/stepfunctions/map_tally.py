"""How many children of a map run have come how far, and whether too many of them failed."""

COUNTS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten")
OUTCOMES = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}
TOLERANCES = ("ToleratedFailureCount", "ToleratedFailurePercentage")


class Tally:
    """`description` is what DescribeMapRun tells of it. One thread at a time may call it."""

    def __init__(self, state: dict, limits: dict, total: int):
        counts = {name: total if name in ("pending", "total") else 0 for name in COUNTS}
        self.description = {
            **{field[:1].lower() + field[1:]: value for field, value in limits.items()},
            "itemCounts": dict(counts),
            "executionCounts": dict(counts),
        }
        self._limits = {name: limits[name] for name in TOLERANCES if name in state or f"{name}Path" in state}

    def begin(self) -> None:
        self._move("pending", "running")

    def end(self, status: str) -> None:
        self._move("running", OUTCOMES[status])

    def _move(self, old: str, new: str) -> None:
        for counts in (self.description["itemCounts"], self.description["executionCounts"]):
            counts[old] -= 1
            counts[new] += 1

    def has_too_many_failures(self) -> bool:
        """AWS: without a threshold one failure is too many; with two, exceeding either is."""
        counts = self.description["executionCounts"]
        failures = counts["failed"] + counts["timedOut"]
        measured = {
            "ToleratedFailureCount": failures,
            "ToleratedFailurePercentage": 100 * failures / max(1, counts["total"]),
        }
        if not self._limits:
            return failures > 0
        return any(measured[name] > limit for name, limit in self._limits.items())
