"""A lock has one holder; it passes on when its holder has let it go, has ended, or has not been heard of for long."""

import time

import pytest

from rollcall.errors import InputRefused, LockHeld
from rollcall.records import jobs as job_record
from rollcall.records import locks


@pytest.fixture
def job(cloud):
    def make(job_id: str, state: str = "RUNNING", **fields) -> None:
        job_record.update(cloud.jobs, job_id, {"state": state, **fields})

    make("first")
    make("second")
    return make


def acquire(cloud, job_id: str, wait: bool = False) -> None:
    locks.acquire(cloud.jobs, "book", job_id, wait)


def holder(cloud) -> str | None:
    return locks.read(cloud.jobs, "book")["holder"]


def test_a_free_lock_is_taken(cloud, job):
    acquire(cloud, "first")
    held = locks.read(cloud.jobs, "book")
    assert held["holder"] == "first" and held["since"] < held["lease_until"]


def test_a_lock_nobody_ever_took_reads_as_free(cloud):
    assert locks.read(cloud.jobs, "book") == {"holder": None, "since": "", "lease_until": "", "history": []}


def test_a_held_lock_refuses_another_job_and_names_the_holder_and_the_cure(cloud, job):
    acquire(cloud, "first")
    with pytest.raises(InputRefused, match="lock 'book' is held by job 'first' since 2.*submit again when"):
        acquire(cloud, "second")


def test_a_job_that_waits_for_a_held_lock_is_told_so(cloud, job):
    acquire(cloud, "first")
    with pytest.raises(LockHeld, match="'first' since"):
        acquire(cloud, "second", wait=True)


def test_taking_a_lock_again_changes_nothing(cloud, job):
    acquire(cloud, "first")
    before = locks.read(cloud.jobs, "book")
    acquire(cloud, "first")
    after = locks.read(cloud.jobs, "book")
    assert (after["since"], after["history"]) == (before["since"], before["history"])


def test_a_released_lock_is_free_and_its_history_is_kept(cloud, job):
    acquire(cloud, "first")
    assert locks.release(cloud.jobs, "book", "first")
    assert holder(cloud) is None
    acquire(cloud, "second")
    now, before = locks.read(cloud.jobs, "book")["history"]
    assert (now["holder"], now["until"]) == ("second", "")
    assert (before["holder"], before["how"]) == ("first", "released") and before["until"] >= before["since"]


def test_only_the_holder_releases_and_renews(cloud, job):
    acquire(cloud, "first")
    assert not locks.release(cloud.jobs, "book", "second")
    assert not locks.renew(cloud.jobs, "book", "second")
    assert locks.renew(cloud.jobs, "book", "first")
    assert holder(cloud) == "first"


def test_a_lock_whose_lease_is_over_is_taken_over(cloud, job, monkeypatch):
    acquire(cloud, "first")
    late = time.time() + locks.LEASE_SECONDS + 2
    monkeypatch.setattr(locks.time, "time", lambda: late)
    acquire(cloud, "second")
    assert holder(cloud) == "second"
    assert locks.read(cloud.jobs, "book")["history"][1]["how"] == "taken over by job second"


def test_a_renewed_lease_lasts_longer(cloud, job, monkeypatch):
    acquire(cloud, "first")
    start = time.time()
    monkeypatch.setattr(locks.time, "time", lambda: start + locks.LEASE_SECONDS - 2)
    locks.renew(cloud.jobs, "book", "first")
    monkeypatch.setattr(locks.time, "time", lambda: start + locks.LEASE_SECONDS + 2)
    with pytest.raises(InputRefused):
        acquire(cloud, "second")


def test_a_lock_whose_holder_has_ended_is_taken_over(cloud, job):
    acquire(cloud, "first")
    job("first", "SUCCEEDED", finished_at=job_record.now())
    acquire(cloud, "second")
    assert holder(cloud) == "second"


def test_a_lock_whose_holder_is_gone_is_taken_over(cloud, job):
    acquire(cloud, "unknown")
    acquire(cloud, "second")
    assert holder(cloud) == "second"


def test_a_lock_taken_for_a_redrive_is_kept_although_the_job_has_ended_before(cloud, job):
    job("first", "FAILED", finished_at="2026-01-01T00:00:00.000+00:00")
    acquire(cloud, "first")
    with pytest.raises(InputRefused):
        acquire(cloud, "second")
