"""Every open job is swept at the time given, and one that cannot be does not hold up the others."""

import importlib
from datetime import UTC, datetime
from typing import Any

import pytest

from rollcall.records import jobs as job_record

NAMES = ("parameters", "bus", "settlements_queue_url", "state_machine_arn", "dispatch_function", "finish_function")


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
    answer = handler.handler({"time": "2026-01-01T00:00:00Z"}, None)
    assert answer == {"started": {}, "jobs": {"bad": "not swept: division by zero", "late": "swept"}}
    assert sweeper.times == [datetime(2026, 1, 1, tzinfo=UTC)] * 3


def test_without_a_time_the_present_is_used(cloud, handler, monkeypatch):
    job_record.update(cloud.jobs, "good", {"state": "RUNNING", "created_at": job_record.now(), "open": "open"})
    sweeper = Sweeper()
    monkeypatch.setattr(handler, "sweeper", sweeper)
    handler.handler({}, None)
    assert abs((datetime.now(UTC) - sweeper.times[0]).total_seconds()) < 60
