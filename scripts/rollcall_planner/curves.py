"""How many units have started by a time, in closed form: gates that admit them and a width they share.

With S(t) units started by t, every unit holding its place for `hold` seconds, a width c(t) and gates A(t):

    S(t) = min(A(t), c(t) + S(t - hold)),   hence   S(t) = min over k of  A(t - k·hold) + Σ_{i<k} c(t - i·hold)

A and c are concave, so the least is at the first or the last k; and the sums are arithmetic series. So a hundred
million units cost as much as one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import floor, inf

TINY = 1e-9
SLACK = 1e-3  # of one unit: sums of many rounds are not exact to the last digit


@dataclass(frozen=True)
class Gate:
    """A token bucket, full at first: admits `burst` units at once and `rate` more a second."""

    name: str
    burst: float
    rate: float
    quota: str = ""

    def admitted(self, t: float) -> float:
        return self.burst + self.rate * max(0.0, t) if t >= -TINY else 0.0


@dataclass(frozen=True)
class Ramp:
    """How much may run at once: `first` at the start and `rate` more each second."""

    name: str
    first: float
    rate: float = 0.0
    quota: str = ""

    def at(self, t: float) -> float:
        return self.first + self.rate * max(0.0, t)


def limit(name: str, value: float, quota: str = "") -> Ramp:
    """A width that is the same at all times."""
    return Ramp(name, value, quota=quota)


@dataclass(frozen=True)
class Stage:
    """MapInput that all hold a place for `hold` seconds and are done `work` seconds after they started."""

    units: int
    work: float
    hold: float
    widths: tuple[Ramp, ...]
    gates: tuple[Gate, ...] = ()

    @property
    def step(self) -> float:
        return max(self.hold, 1e-6)

    @cached_property
    def hinges(self) -> list[tuple[float, float]]:
        """The width as c(t) = c(0) + Σ change·max(0, t - time)."""
        times = sorted({0.0, *self.crossings()})
        ends = [*times[1:], times[-1] + 1.0]
        slopes = [(self.width(end) - self.width(t)) / (end - t) for t, end in zip(times, ends, strict=True)]
        changes = [slope - before for slope, before in zip(slopes, [0.0, *slopes[:-1]], strict=True)]
        return [(t, change) for t, change in zip(times, changes, strict=True) if abs(change) > TINY]

    def crossings(self) -> Iterable[float]:
        """The times at which one ramp comes to be less than another."""
        for a in self.widths:
            for b in self.widths:
                if a.rate > b.rate and a.first < b.first:
                    yield (b.first - a.first) / (a.rate - b.rate)

    def width(self, t: float) -> float:
        return min(ramp.at(t) for ramp in self.widths)

    def admitted(self, t: float) -> float:
        return min((gate.admitted(t) for gate in self.gates), default=inf)

    def rounds(self, t: float, skipped: int = 0) -> float:
        """Σ c(t - i·hold) over the i from 0 on, without the last `skipped` of those with t - i·hold >= 0."""
        last = floor(t / self.step + TINY) - skipped
        if last < 0:
            return 0.0
        total = self.width(0.0) * (last + 1)
        for time, change in self.hinges:
            m = min(last, floor((t - time) / self.step + TINY))
            if m >= 0:
                total += change * ((m + 1) * (t - time) - self.step * m * (m + 1) / 2)
        return total

    def by_width(self, t: float) -> float:
        """The most that may have started by t as far as only the width, once the gates let any in, is concerned."""
        last = floor(t / self.step + TINY)
        if not last:
            return self.width(t)
        return min(self.rounds(t), self.admitted(t - last * self.step) + self.rounds(t, skipped=1))

    def started(self, t: float) -> float:
        if t < -TINY:
            return 0.0
        return min(self.units, self.admitted(t), self.by_width(t))

    def when_started(self, count: float) -> float:
        """The first time at which `count` units have started."""
        enough = count - SLACK - TINY * count
        if self.started(0.0) >= enough:
            return 0.0
        high = max(1e-3, self.step)
        while self.started(high) < enough:
            high *= 2
        low = 0.0
        while high - low > 1e-7 * max(1.0, high):
            middle = (low + high) / 2
            low, high = (low, middle) if self.started(middle) >= enough else (middle, high)
        return high

    def when_done(self, last_work: float | None = None) -> float:
        """When all units are done; the last one may take less than the others."""
        end = self.when_started(self.units) + (self.work if last_work is None else last_work)
        if last_work is not None and self.units > 1:
            end = max(end, self.when_started(self.units - 1) + self.work)
        return end

    def limiter(self, t: float) -> str:
        """What keeps more units from having started at t; "" when all have."""
        if self.started(t) >= self.units - SLACK - TINY * self.units:
            return ""
        by_gate = min(self.gates, key=lambda gate: gate.admitted(t), default=None)
        if by_gate and by_gate.admitted(t) <= self.by_width(t) + TINY:
            return by_gate.name
        return min(self.widths, key=lambda ramp: ramp.at(t)).name

    def busy(self, t: float) -> float:
        return self.started(t) - self.started(t - self.work + TINY)


def when_drained(stage: Stage, end: float, gate: Gate, points: int = 100) -> float:
    """When a gate behind a stage has let all its units through that were done by `end`.

    A bucket that is full lets no tokens accrue, so the worst beginning of a backlog is looked for among the times.
    """
    times = [stage.work + (end - stage.work) * i / points for i in range(points + 1)]
    waits = (t + (stage.units - stage.started(t - stage.work - TINY) - gate.burst) / gate.rate for t in times)
    return max(end, *waits)
