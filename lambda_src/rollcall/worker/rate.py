"""A rate that workers keep together: each reserves in one row the times at which its next items may begin.

The row holds the next free time; whoever reserves some moves it on, so no time is given away twice, whatever jobs and
workers share it. Reserved times lie a step apart, and an item whose time has passed by more than LATE_SECONDS gets
another one. So in any window of W seconds, a second or longer, at most rate × W items begin, rounded up.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from rollcall.errors import Abandoned, Unfinished
from rollcall.records.conditional_writes import taken
from rollcall.worker.run_items import Limits

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

LATE_SECONDS = 0.02
# Of each second, what lateness and clocks that differ may take: items begin at the rate / 1.03.
SLACK_SECONDS = 0.03
TOGETHER_SECONDS = 1.0  # as many items as begin in this time are reserved together
LOOK_SECONDS = 0.5
MICROSECONDS = 1_000_000
KEPT_SECONDS = 86_400


def step(rate: float) -> int:
    """Microseconds from one item to the next, of a rate in items a second."""
    return ceil((1 + SLACK_SECONDS) * MICROSECONDS / rate)


@dataclass(frozen=True)
class Schedule:
    """The row of a rate (items a second) in the workers table; `clock` gives epoch seconds."""

    table: "Table"
    name: str
    rate: float
    clock: Callable[[], float] = time.time

    def reserve(self, count: int, earliest: float, latest: float) -> list[float]:
        """So many times, in epoch seconds, the first one between these two; none if none is free by then.

        Where nobody has moved the row to `earliest` yet, it is moved there; where somebody does meanwhile, it is there.
        """
        length, since, until = count * step(self.rate), int(earliest * MICROSECONDS), int(latest * MICROSECONDS)
        if until < since:
            return []
        onward = "next_at + :length", "next_at BETWEEN :since AND :until", {":since": since, ":until": until}
        anew = ":since + :length", "attribute_not_exists(next_at) OR next_at < :since", {":since": since}
        for to, where, values in (onward, anew, onward):
            if end := self.moved(to, where, {**values, ":length": length, ":expiry": int(latest) + KEPT_SECONDS}):
                return [(end - length + n * step(self.rate)) / MICROSECONDS for n in range(count)]
        return []

    def moved(self, to: str, where: str, values: dict) -> int:
        """The next free time, moved on where a condition is met; 0 where it is not."""
        rows: list[Any] = []
        taken(
            lambda: rows.append(
                self.table.update_item(
                    Key={"route": f"rate:{self.name}", "slot": 0},
                    UpdateExpression=f"SET next_at = {to}, expires_at = :expiry",
                    ConditionExpression=where,
                    ExpressionAttributeValues=values,
                    ReturnValues="UPDATED_NEW",
                )
            )
        )
        return int(rows[0]["Attributes"]["next_at"]) if rows else 0


@dataclass
class RateLimiter:
    """Tells when the next of a chunk's `items` may begin.

    Items that take less than a step are reserved together, and the next ones while the last of them waits: one write
    serves a second of them. Of others a worker can only begin one at a time.
    """

    schedule: Schedule
    items: int
    limits: Limits
    times: deque[float] = field(default_factory=deque)
    began: float = 0.0
    longest: float = 0.0  # that an item took since times were reserved
    asking: float = 0.0  # how long it took to reserve the last ones

    def wait(self) -> None:
        """Return when the next item may begin.

        Raises Abandoned when its job was ended, and Unfinished when no time is free before the worker's own is over.
        """
        clock = self.schedule.clock
        if self.began:
            self.longest = max(self.longest, clock() - self.began)
        while True:
            if not self.times and not self.reserve(self.items):
                raise Unfinished("at its job's rate no item may begin before the worker's time is over")
            at = self.times.popleft()
            if not self.times and self.keeps_up and self.items > 1:
                self.reserve(self.items - 1)
            if self.is_in_time(at):
                break
        self.began, self.items = clock(), self.items - 1

    @property
    def keeps_up(self) -> bool:
        """Whether the last items took less than a step each."""
        return 0 < self.longest * MICROSECONDS < step(self.schedule.rate)

    def reserve(self, left: int) -> bool:
        """Reserve times for some of the items that are left; whether there were any."""
        together = int(TOGETHER_SECONDS * MICROSECONDS / step(self.schedule.rate)) if self.keeps_up else 1
        self.longest, now = 0.0, self.schedule.clock()
        count, latest = max(1, min(left, together)), now + self.limits.seconds_left()
        self.times.extend(self.schedule.reserve(count, now + self.asking, latest))
        self.asking = self.schedule.clock() - now
        return bool(self.times)

    def is_in_time(self, at: float) -> bool:
        """Wait for a time; whether it has not passed by too much."""
        while (ahead := at - self.schedule.clock()) > 0:
            if ahead > LOOK_SECONDS and self.limits.abandoned():
                raise Abandoned("its job was ended")
            self.limits.sleep(ahead if ahead <= LOOK_SECONDS else min(LOOK_SECONDS, ahead / 2))
        return ahead >= -LATE_SECONDS
