"""What a death costs: every place at which a chunk's worker may die, with the code that a worker runs.

An item takes down either the process it runs in or its whole worker, each time it is run; beside it the worker may die
of something else, once, before or after any write of the journal and while any item runs.
"""

import io
import json
import math
from collections import Counter
from itertools import count, product

import pytest
from botocore.exceptions import ClientError

from rollcall.errors import DeadlineExceeded, Unfinished
from rollcall.events import ChunkRequested
from rollcall.worker.deliveries import most_deliveries
from rollcall.worker.journal import Journal
from rollcall.worker.run_items import Limits, answer
from rollcall.worker.tries import Try

ITEMS = [{"id": str(n), "data_type": "work"} for n in range(5)]
CHUNK = ChunkRequested("job", 1, 0, 1, "work", "manifest", 0, 1, len(ITEMS), "")
MAX_ATTEMPTS = 3
PROCESS, WORKER = "process", "worker"


class Died(BaseException):
    """The worker is gone, from one moment to the next."""


class Bucket:
    """Stands for S3; `step` is called before and after each write."""

    def __init__(self, step):
        self.objects, self.step = {}, step

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:
        self.step()
        self.objects[Key] = Body
        self.step()

    def get_object(self, Bucket: str, Key: str) -> dict:
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}


class World:
    """A chunk whose item `killer` takes down its `takes_down`; the worker dies besides at step `dies_at`, or is told to
    leave at item run `leaves_at`. Items take `seconds` each; a worker has `life` seconds, and an item apart that takes
    longer than what is left of them is stopped. Item `hangs` never ends.
    """

    def __init__(
        self, killer=None, takes_down=PROCESS, dies_at=None, leaves_at=None, seconds=0.0, life=900.0, hangs=None
    ):
        self.life, self.hangs, self.ends_at = life, hangs, life
        self.killer, self.takes_down, self.dies_at, self.seconds = killer, takes_down, dies_at, seconds
        self.leaves_at, self.left = leaves_at, False
        self.runs, self.steps, self.now, self.careful = Counter(), count(), 0.0, False
        self.bucket = Bucket(self.step)
        self.starts, self.attempt = 0, 0

    def step(self) -> None:
        if next(self.steps) == self.dies_at:
            raise Died

    def run(self, item: dict, attempt: int) -> Try:
        self.runs[int(item["id"])] += 1
        took = math.inf if int(item["id"]) == self.hangs else self.seconds
        if took > self.ends_at - self.now:
            self.now = self.ends_at
            raise DeadlineExceeded("stopped") if self.careful else Died
        self.now += took
        if int(item["id"]) == self.killer:
            if self.careful and self.takes_down == PROCESS:
                return Try(False, "killed", again=True, died=True)
            raise Died
        self.step()
        return Try(True, json.dumps({"id": item["id"], "ok": True}))

    def leaving(self) -> bool:
        if self.leaves_at == sum(self.runs.values()) and not self.left:
            self.left = True
            return True
        return False

    def one_worker(self) -> tuple[list[str], int]:
        self.starts += 1
        self.attempt += 1
        self.ends_at = self.now + self.life
        journal = Journal(self.bucket, "bucket", CHUNK, lambda: self.now)
        if self.attempt > 1:
            journal.resume()
        self.careful = journal.is_careful
        limits = Limits(
            MAX_ATTEMPTS, lambda: self.ends_at - self.now, lambda: False, lambda seconds: None, leaving=self.leaving
        )
        try:
            return answer(ITEMS, self.run, limits, journal)
        except Unfinished:
            journal.leave()
            self.attempt = max(1, self.attempt - 1)
            raise

    def end(self) -> list[dict]:
        """The chunk's answers, by as many workers as it takes."""
        while self.attempt < most_deliveries(MAX_ATTEMPTS, idempotent=False):
            try:
                return [json.loads(line) for line in self.one_worker()[0]]
            except (Died, Unfinished):
                pass
        raise AssertionError("handed out too often")


def promises_are_kept(world: World, by_itself: int) -> None:
    """`by_itself` says how many of the deaths were no item's doing."""
    lines = world.end()
    assert [line["id"] for line in lines] == [item["id"] for item in ITEMS]
    assert [n for n, line in enumerate(lines) if not line["ok"]] == ([] if world.killer is None else [world.killer])
    if world.killer is not None:
        assert lines[world.killer]["error"]["type"] == "WorkerLost"
        assert lines[world.killer]["error"]["attempts"] == MAX_ATTEMPTS
    for position in range(len(ITEMS)):
        allowed = MAX_ATTEMPTS + 1 if position == world.killer else 1 + (world.killer is not None) + by_itself
        assert 1 <= world.runs[position] <= allowed
    assert world.starts <= MAX_ATTEMPTS + 2 + by_itself


SECONDS = [0.001, 4.0, 11.0, 30.0]


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("takes_down", [PROCESS, WORKER])
@pytest.mark.parametrize("killer", range(len(ITEMS)))
def test_an_item_that_kills_fails_alone_and_no_other_runs_more_than_twice(killer, takes_down, seconds):
    promises_are_kept(World(killer, takes_down, seconds=seconds), by_itself=0)


def test_one_that_takes_down_its_process_alone_needs_one_worker_more():
    world = World(2, PROCESS)
    promises_are_kept(world, by_itself=0)
    assert world.starts == 2


@pytest.mark.parametrize("seconds", SECONDS)
def test_a_worker_that_dies_at_any_step_costs_no_item_more_than_one_run(seconds):
    whole = World(seconds=seconds)
    whole.end()
    for dies_at in range(next(whole.steps)):
        promises_are_kept(World(dies_at=dies_at, seconds=seconds), by_itself=1)


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("takes_down", [PROCESS, WORKER])
def test_both_at_once(takes_down, seconds):
    for killer in range(len(ITEMS)):
        whole = World(killer, takes_down, seconds=seconds)
        whole.end()
        for dies_at in range(next(whole.steps) + 1):
            promises_are_kept(World(killer, takes_down, dies_at, seconds=seconds), by_itself=1)


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("killer", [None, *range(len(ITEMS))])
def test_a_worker_that_leaves_in_order_costs_no_item_a_run(killer, seconds):
    for takes_down, leaves_at in product([PROCESS, WORKER], range(len(ITEMS) + MAX_ATTEMPTS)):
        world = World(killer, takes_down, leaves_at=leaves_at, seconds=seconds)
        lines = world.end()
        assert [line["id"] for line in lines if not line["ok"]] == ([] if killer is None else [str(killer)])
        innocent = max(world.runs[n] for n in range(len(ITEMS)) if n != killer)
        assert innocent <= 1 + (killer is not None)


@pytest.mark.parametrize("dies_at", range(10))
@pytest.mark.parametrize("life", [30.0, 35.0, 45.0])
def test_no_item_fails_for_being_at_work_when_its_workers_time_is_over(life, dies_at):
    """A first worker dies of something else, so that items run apart, and time is over in the midst of one."""
    world = World(dies_at=dies_at, seconds=20.0, life=life)
    assert all(line["ok"] for line in world.end())


@pytest.mark.parametrize("hangs", range(len(ITEMS)))
def test_one_that_hangs_takes_the_time_of_three_workers_and_fails_alone(hangs):
    world = World(hangs=hangs, seconds=4.0)
    assert [(line["id"], line["error"]["type"]) for line in world.end() if not line["ok"]] == [
        (str(hangs), "DeadlineExceeded")
    ]
    assert world.runs[hangs] <= 3
    assert all(world.runs[n] <= 2 for n in range(len(ITEMS)) if n != hangs)


@pytest.mark.parametrize("broken", ["begin", "keep"])
def test_these_tests_notice_when_nothing_is_written_ahead_or_kept(broken, monkeypatch):
    monkeypatch.setattr(Journal, broken, lambda *_: None)
    with pytest.raises(AssertionError):
        for killer, seconds in product(range(len(ITEMS)), SECONDS):
            promises_are_kept(World(killer, WORKER, seconds=seconds), by_itself=0)
