"""The way of a job through an engine, as stages, gates and fixed times, and what it makes of them."""

from dataclasses import dataclass
from functools import cached_property
from math import floor

from rollcall_planner.curves import Gate, Stage, when_drained

WORK = "duration of the last chunks"
START = "start-up"
END = "completion"
TRACKERS = 5  # of the settlements queue's event source mapping, in modules/control_plane
TRACKER_BATCH = 100


@dataclass(frozen=True)
class Flow:
    """`before` and `after` are fixed times in seconds by name; `behind` gates what is done before it counts.

    `last_work` is the duration of the last, perhaps smaller chunk; `pulled` is how many chunks a worker takes at a
    time; `life_s` is how long a worker lives. What is done is counted by the trackers in batches, which close when
    they are full or `window_s` after their first chunk.
    """

    stage: Stage
    before: dict[str, float]
    after: dict[str, float]
    behind: tuple[Gate, ...] = ()
    last_work: float | None = None
    pulled: int = 1
    life_s: float = 0.0
    window_s: float = 0.0

    @cached_property
    def begins(self) -> float:
        """Seconds from the start until the first chunk may run."""
        return sum(self.before.values())

    @cached_property
    def computed(self) -> float:
        """Seconds from `begins` until the last chunk has run."""
        return max(self.stage.when_done(self.last_work), self.last_pull)

    @cached_property
    def last_pull(self) -> float:
        """When the last pull of several chunks ends: a worker takes one chunk first, and several at a time then."""
        rest = self.stage.units - self.peak
        if self.pulled <= 1 or rest <= 0:
            return 0.0
        full, over = divmod(rest, self.pulled)
        pulls = Stage(full + bool(over), 0.0, self.stage.hold * self.pulled, self.stage.widths)
        ends = [pulls.when_started(full) + self.pulled * self.stage.hold] if full else []
        if over:
            ends.append(pulls.when_started(full + 1) + over * self.stage.hold)
        return self.stage.hold + max(ends)

    @cached_property
    def drained(self) -> float:
        return max([self.computed, *(when_drained(self.stage, self.computed, gate) for gate in self.behind)])

    @cached_property
    def waits(self) -> float:
        """How long the last chunk waits for its batch to close.

        Few that come together share the batches that the first of them have opened. Else the last one finds a batch
        open that was opened any time since the one before was full or closed, or opens one itself.
        """
        if not self.window_s:
            return 0.0
        count, lasted = self.last_burst
        filling = TRACKERS * TRACKER_BATCH * lasted / count
        if lasted <= min(filling, self.window_s):
            return self.window_s - lasted
        if filling < self.window_s:
            return self.window_s - filling / 2
        each = count / lasted / TRACKERS * self.window_s
        return self.window_s * (1 + each / 2) / (1 + each)

    @property
    def last_burst(self) -> tuple[float, float]:
        """(chunks, seconds) of what ends without a gap at the end: the last round, where rounds do not run together."""
        stage, begun = self.stage, self.stage.when_started(self.stage.units)
        spread = stage.when_started(min(stage.units, self.peak))
        if self.pulled > 1 or spread > 0.8 * stage.step:
            return stage.units, max(0.0, self.computed - stage.work)
        opened = floor(begun / stage.step + 1e-9) * stage.step
        return max(1.0, stage.units - stage.started(opened - 1e-6)), begun - opened

    @cached_property
    def makespan(self) -> float:
        return self.begins + self.drained + self.waits + sum(self.after.values())

    @cached_property
    def peak(self) -> int:
        """The most chunks that run at once."""
        ends = self.stage.when_started(self.stage.units)
        times = {ends * i / 200 for i in range(201)} | {min(ends, self.stage.work - 1e-6)}
        return max(1, round(max(self.stage.busy(max(0.0, t)) for t in times)))

    def done(self, t: float) -> float:
        """Chunks that count as done t seconds after the start."""
        late = t - self.begins - self.waits - sum(self.after.values())
        if late >= self.drained - 1e-6:
            return self.stage.units
        arrived = self.stage.started(late - self.stage.work)
        for gate in self.behind:
            arrived = min(arrived, gate.admitted(late - self.stage.work))
        return max(0.0, arrived)

    def limiter(self, t: float) -> str:
        """What holds the job t seconds after its start."""
        since = t - self.begins
        if since < 0:
            return self.phase(t)
        if since < self.drained and (held := self.held_up(since)):
            return held
        return self.stage.limiter(since) or (WORK if since < self.computed else END)

    def phase(self, t: float) -> str:
        """The part of the start-up t seconds after the start; by name where it takes a tenth of the makespan."""
        passed = 0.0
        for name, lasts in self.before.items():
            passed += lasts
            if t < passed:
                return f"{START}: {name}" if lasts > 0.1 * self.makespan else START
        return START

    def held_up(self, since: float) -> str:
        """The gate behind the stage that has had to hold chunks back by then and goes on to do so; "" without one."""
        arrived = self.stage.started(since - self.stage.work)
        for gate in sorted(self.behind, key=lambda gate: gate.admitted(since - self.stage.work)):
            if self.drained > self.computed + 1e-6 and gate.admitted(since - self.stage.work) < arrived - 1e-6:
                return gate.name
        return ""

    def timeline(self, points: int = 400) -> list[dict]:
        """What binds from when to when: [{"limit", "from_s", "to_s"}], without gaps."""
        step = self.makespan / points
        spans: list[dict] = []
        for i in range(points):
            name = self.limiter(step * (i + 0.5))
            if spans and spans[-1]["limit"] == name:
                spans[-1]["to_s"] = step * (i + 1)
            else:
                spans.append({"limit": name, "from_s": step * i, "to_s": step * (i + 1)})
        return spans
