"""Workers that share a rate begin no more items than it allows in any second, and hardly fewer (in simulated time)."""

import heapq
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import count
from math import ceil
from random import Random

import pytest
from botocore.exceptions import ClientError
from greenlet import getcurrent, greenlet
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.errors import Abandoned, Unfinished
from rollcall.worker.rate import MICROSECONDS, RateLimiter, Schedule, step
from rollcall.worker.run_items import Limits

WRITE_SECONDS = 0.006
SKEW_SECONDS = 0.004


@dataclass
class World:
    """Simulated time: whoever sleeps is woken `late(random)` seconds after its time. It is a table of one row, too."""

    random: Random
    late: float = 0.0005
    hiccups: float = 0.0  # how often a sleeper is woken up to half a second late
    now: float = 1_000_000.0
    row: dict = field(default_factory=dict)
    writes: int = 0
    waiting: list = field(default_factory=list)
    order: count = field(default_factory=count)

    def start(self, run) -> None:
        heapq.heappush(self.waiting, (self.now, next(self.order), greenlet(run)))

    def sleep(self, seconds: float) -> None:
        late = self.random.uniform(0, 0.5 if self.random.random() < self.hiccups else self.late)
        heapq.heappush(self.waiting, (self.now + seconds + late, next(self.order), getcurrent()))
        self.hub.switch()

    def run(self) -> None:
        self.hub = getcurrent()
        while self.waiting:
            self.now, _, sleeper = heapq.heappop(self.waiting)
            sleeper.switch()

    def update_item(self, ConditionExpression: str, ExpressionAttributeValues: dict, **_) -> dict:
        self.sleep(WRITE_SECONDS / 2)
        self.writes += 1
        values, there = ExpressionAttributeValues, self.row.get("next_at")
        if ConditionExpression.startswith("next_at BETWEEN"):
            met, base = there is not None and values[":since"] <= there <= values[":until"], there
        else:
            met, base = there is None or there < values[":since"], values[":since"]
        if met:
            self.row["next_at"] = base + values[":length"]
        answer = {"Attributes": dict(self.row)}
        self.sleep(WRITE_SECONDS / 2)
        if not met:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "UpdateItem")
        return answer


def begins(world: World, rate: float, lanes: int, chunks: int, items: int, seconds: float) -> list[float]:
    """When items begin, so many chunks of so many items that take so long, in lanes with clocks of their own."""
    begun, left = [], list(range(chunks))

    def lane() -> None:
        skew = world.random.uniform(-SKEW_SECONDS, SKEW_SECONDS)
        schedule = Schedule(world, "api", rate, lambda: world.now + skew)
        limits = Limits(3, lambda: 1e6, lambda: False, world.sleep)
        while left:
            left.pop()
            limiter = RateLimiter(schedule, items, limits)
            for _ in range(items):
                limiter.wait()
                begun.append(world.now)
                world.sleep(seconds)

    for _ in range(lanes):
        world.start(lane)
    world.run()
    return sorted(begun)


def most_in(times: list[float], window: float) -> int:
    return max(bisect_left(times, at + window - 1e-9) - place for place, at in enumerate(times))


RATES = st.sampled_from([0.1, 0.7, 1, 2.5, 7, 40, 300, 1000])


@settings(max_examples=60)
@given(st.integers(), RATES, st.integers(1, 9), st.integers(1, 30), st.floats(0, 3), st.sampled_from([0, 0.01, 0.3]))
def test_no_second_has_more_than_the_rate_whatever_is_late(seed, rate, lanes, items, seconds, hiccups):
    world = World(Random(seed), hiccups=hiccups)
    times = begins(world, rate, lanes, 12, items, min(seconds, 30 / rate))
    assert len(times) == 12 * items
    for window in (1, 1 / rate, 3.3):
        if window >= 1:
            assert most_in(times, window) <= ceil(rate * window)


@pytest.mark.parametrize("rate", [0.1, 1, 5, 50, 1000])
@pytest.mark.parametrize(("lanes", "items", "steps"), [(1, 8000, 0.2), (40, 1, 0.2), (8, 40, 0.2), (40, 10, 8)])
def test_at_least_95_per_cent_of_the_rate_is_used_where_workers_suffice(rate, lanes, items, steps):
    """Each item takes some `steps` of the rate; each lane has a chunk, or several small ones."""
    world = World(Random(1), late=0.0003)
    chunks = lanes * ceil(max(400, 8 * rate) / lanes / items)
    times = begins(world, rate, lanes, chunks, items, steps / rate)
    assert (len(times) - 1) / (times[-1] - times[0]) >= 0.95 * rate
    assert most_in(times, max(1, 1 / rate)) <= ceil(max(rate, 1))


def test_one_write_serves_about_a_second_of_items():
    world = World(Random(1), late=0.0003)
    times = begins(world, 200, 4, 8, 500, 0.001)
    assert world.writes <= 1.5 * (times[-1] - times[0]) + 16


@pytest.fixture
def schedule(cloud, clock):
    return Schedule(cloud.workers, "api", 10, clock)


def test_times_lie_a_step_apart_whoever_reserves_them(cloud, clock, schedule):
    assert step(10) == 103_000
    other = Schedule(cloud.workers, "api", 10, clock)
    found = sum((each.reserve(count, 1000, 1010) for each, count in ((schedule, 2), (other, 1), (schedule, 1))), [])
    assert found == pytest.approx([1000.0, 1000.103, 1000.206, 1000.309])
    assert Schedule(cloud.workers, "another", 10, clock).reserve(1, 1000, 1010) == [1000.0]
    assert schedule.reserve(1, 1005, 1006) == [1005.0]  # what was free meanwhile is lost
    row = cloud.workers.get_item(Key={"route": "rate:api", "slot": 0})["Item"]
    assert int(row["next_at"]) == 1005 * MICROSECONDS + step(10) and int(row["expires_at"]) > 1005


def test_nothing_is_reserved_that_lies_too_far_ahead(schedule):
    schedule.reserve(100, 1000, 1000)
    assert schedule.reserve(1, 1000, 1010) == schedule.reserve(1, 1000, 999) == []
    assert schedule.reserve(1, 1000, 1010.4) == [1010.3]


def limiter(schedule: Schedule, clock, seconds: float = 60, abandoned=lambda: False) -> RateLimiter:
    ends_at = clock() + seconds
    return RateLimiter(schedule, 5, Limits(3, lambda: ends_at - clock(), abandoned, clock.sleep))


def test_a_chunk_whose_turn_does_not_come_in_its_workers_time_is_left_to_another(schedule, clock):
    schedule.reserve(300, 1000, 1000)
    with pytest.raises(Unfinished, match="before the worker's time is over"):
        limiter(schedule, clock, seconds=30).wait()


def test_an_item_that_waits_long_does_not_begin_after_its_job_was_ended(schedule, clock):
    schedule.reserve(300, 1000, 1000)
    with pytest.raises(Abandoned):
        limiter(schedule, clock, abandoned=lambda: clock() > 1010).wait()
    assert clock() < 1011


def test_a_time_that_has_passed_is_not_used(schedule, clock):
    late = limiter(schedule, clock)
    for _ in range(2):
        late.wait()
    late.times.appendleft(clock() - 0.021)
    late.wait()
    assert clock() == pytest.approx(1000.206)
