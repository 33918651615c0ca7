"""Every open job is swept at the time given, if there is time; one that cannot be does not hold up the others."""

import importlib
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from rollcall.records import jobs as job_record

NAMES = ("parameters", "bus", "settlements_queue_url", "state_machine_arn", "dispatch_function", "finish_function")

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


@pytest.fixture
def handler(cloud, monkeypatch):
    for table in ("jobs", "progress", "workers"):
        monkeypatch.setenv(f"ROLLCALL_{table.upper()}_TABLE", table)
    for name in ("bucket", *NAMES):
        monkeypatch.setenv(f"ROLLCALL_{name.upper()}", "/rollcall/test")
    return importlib.reload(importlib.import_module("sweep_jobs.handler"))


class Sweeper:
    def __init__(self):
        self.times = []

    def sweep(self, job_id: str, now: datetime) -> Any:
        self.times.append(now)
        return {"bad": lambda: 1 / 0, "late": lambda: "swept", "good": lambda: ""}[job_id]()


def test_one_job_that_cannot_be_swept_does_not_hold_up_the_others(cloud, handler, monkeypatch):
    for job_id in ("bad", "late", "good", "ended"):
        row = {"state": "RUNNING", "created_at": job_record.now()} | ({} if job_id == "ended" else {"open": "open"})
        job_record.update(cloud.jobs, job_id, row)
    sweeper = Sweeper()
    monkeypatch.setattr(handler, "sweeper", sweeper)
    answer = handler.handler({"time": "2026-01-01T00:00:00Z"}, CONTEXT)
    assert answer == {"started": {}, "jobs": {"bad": "not swept: division by zero", "late": "swept"}, "left": 0}
    assert sweeper.times == [datetime(2026, 1, 1, tzinfo=UTC)] * 3


def test_without_a_time_the_present_is_used(cloud, handler, monkeypatch):
    job_record.update(cloud.jobs, "good", {"state": "RUNNING", "created_at": job_record.now(), "open": "open"})
    sweeper = Sweeper()
    monkeypatch.setattr(handler, "sweeper", sweeper)
    handler.handler({}, CONTEXT)
    assert abs((datetime.now(UTC) - sweeper.times[0]).total_seconds()) < 60


class Slow:
    """Sweeps a job in ten seconds, of the sixty that its function has."""

    def __init__(self):
        self.swept, self.left = [], 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left

    def sweep(self, job_id: str, now: datetime) -> str:
        self.left -= 10_000
        self.swept.append(job_id)
        return "swept"


def test_a_sweep_ends_before_the_next_one_begins_and_no_job_is_left_each_time(cloud, handler, monkeypatch):
    names = {f"job-{n}" for n in range(12)}
    for job_id in names:
        job_record.update(cloud.jobs, job_id, {"state": "RUNNING", "created_at": job_record.now(), "open": "open"})
    swept = Counter()
    for _ in range(60):
        slow = Slow()
        monkeypatch.setattr(handler, "sweeper", slow)
        answer = handler.handler({}, slow)
        assert (len(slow.swept), answer["left"], slow.left >= 10_000) == (5, 7, True)
        swept.update(slow.swept)
    assert swept.keys() == names
