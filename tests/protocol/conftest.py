"""Time stands still, so that states that differ in nothing else are equal."""

from types import SimpleNamespace

import pytest
from tests.protocol import barrier_actions, slots_scenarios

from rollcall.dispatch import dispatcher, slots
from rollcall.records import jobs, plans
from rollcall.worker import pull_worker


@pytest.fixture(autouse=True)
def frozen(monkeypatch):
    for module in (
        "rollcall.records.jobs",
        "rollcall.barrier.settled_sets",
        "rollcall.barrier.barrier",
        "rollcall.dispatch.slots",
        "dispatch_chunks.dispatch",
        "partition_job.run_start",
        "finish_job.finish",
    ):
        monkeypatch.setattr(f"{module}.now", lambda: barrier_actions.AT)
    monkeypatch.setattr(jobs, "time", SimpleNamespace(time=lambda: 0))
    for name in ("metrics", "logger"):
        monkeypatch.setattr(f"track_settlements.tracker.{name}", SilentObserver())
    monkeypatch.setattr("track_settlements.tracker.ThreadPoolExecutor", OneThread)


class OneThread:
    """In place of a thread pool: calls in an order that repeats."""

    def __init__(self, size: int):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def map(self, function, values) -> list:
        return [function(value) for value in values]

    def submit(self, function, *given) -> SimpleNamespace:
        answer = function(*given)
        return SimpleNamespace(result=lambda: answer)


@pytest.fixture
def index(monkeypatch):
    """Starters and workers that read nothing from S3, and do one thing after another."""
    monkeypatch.setattr(dispatcher, "requests", slots_scenarios.requests)
    monkeypatch.setattr(pull_worker, "read_items", lambda *_: [])
    for module in (dispatcher, pull_worker, slots):
        monkeypatch.setattr(module, "ThreadPoolExecutor", OneThread)
    monkeypatch.setattr(slots, "uuid", slots.uuid)
    # Which of the free slots is chosen must be the same each time; that all choose alike is the hardest case.
    monkeypatch.setattr(slots, "random", SimpleNamespace(sample=lambda free, count: free[:count]))


class SilentObserver:
    def __getattr__(self, name: str):
        return lambda *_, **__: None


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(plans, "SHARD_SIZE", 2)
