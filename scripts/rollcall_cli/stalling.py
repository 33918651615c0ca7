"""A job that does not go on: whether calls are refused is looked for then, and told once."""

import time
from collections.abc import Callable

from rollcall.records.jobs import JobState
from rollcall.records.rows import JobRow
from rollcall_client import refusals
from rollcall_client.environment import Environment

FIRST_LOOK_SECONDS = 5.0  # without a step forward
LONGEST_SECONDS = 60.0  # between looks
TROUBLED = (JobState.FAILED, JobState.PARTIAL)


class Stall:
    """Is shown a job's row and report again and again."""

    def __init__(self, env: Environment, clock: Callable[[], float] = time.monotonic):
        self.env, self.clock = env, clock
        self.seen: dict = {}
        self.told: set[str] = set()
        self.began(clock())

    def began(self, now: float) -> None:
        self.wait, self.next_look = FIRST_LOOK_SECONDS, now + FIRST_LOOK_SECONDS

    def news(self, row: JobRow, report: dict) -> list[str]:
        """Sentences not told before: of a job that stands still, or has ended in trouble. Mostly none."""
        now = self.clock()
        if report != self.seen:
            self.seen = report
            self.began(now)
            if row["state"] not in TROUBLED:
                return []
        elif now < self.next_look or row["state"] == JobState.PAUSED:
            return []
        self.wait = min(2 * self.wait, LONGEST_SECONDS)
        self.next_look = now + self.wait
        found = [each for each in refusals.told(self.env, row) if each not in self.told]
        self.told.update(found)
        return found
