"""The tracker takes a batch of messages to the barriers of their jobs, and refuses what is none."""

import json
import random

import pytest

from rollcall import jobs as job_record
from rollcall.events import ChunkSettled, envelope
from rollcall.jobs import JobState, Part, Plan
from track_settlements.tracker import Tracker


@pytest.fixture
def tracker(cloud, tokens) -> Tracker:
    return Tracker(cloud.jobs, cloud.progress, tokens)


def open_job(cloud, job_id: str, chunks: int) -> None:
    plan = Plan(job_id, 1, "", [Part("equity", "lambda", "q", 4, "m", chunks * 10, chunks, 0, 0)])
    row = {
        **job_record.key(job_id),
        "state": JobState.RUNNING,
        "plan": plan.to_json(),
        "task_token": f"token of {job_id}",
    }
    cloud.jobs.put_item(Item=row)


def message(job_id: str, chunk: int, failed: int = 0, run: int = 1) -> dict:
    event = ChunkSettled(
        job_id, run, chunk, 10 - failed, failed, "lambda", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"
    )
    return {"messageId": f"{job_id}-{chunk}-{run}", "body": json.dumps(envelope(event))}


def test_messages_of_several_jobs_in_one_batch_reach_each_its_own_barrier(cloud, tokens, tracker):
    open_job(cloud, "one", 3)
    open_job(cloud, "two", 2)
    assert tracker.track([message("one", 0), message("two", 1), message("one", 2), message("two", 0)]) == []
    assert list(tokens.taken) == ["token of two"]
    tracker.track([message("one", 1)])
    assert set(tokens.taken) == {"token of one", "token of two"}


def test_every_settlement_doubled_and_shuffled_gives_the_same_counts_and_one_release(cloud, tokens, tracker):
    open_job(cloud, "job", 120)
    records = [message("job", chunk, failed=chunk % 7) for chunk in range(120)] * 2
    random.Random(11).shuffle(records)
    for start in range(0, len(records), 10):
        assert tracker.track(records[start : start + 10]) == []
    failed = sum(chunk % 7 for chunk in range(120))
    expected = {"status": "PARTIAL", "items": 1200, "succeeded": 1200 - failed, "failed": failed}
    assert tokens.taken == {"token of job": expected}


@pytest.mark.parametrize(
    "bad",
    [
        {"messageId": "bad", "body": "{"},
        {"messageId": "bad", "body": json.dumps({"source": "rollcall", "detail-type": "Chunk Settled", "detail": {}})},
        {"messageId": "bad", "body": message("nobody", 0)["body"]},
        {"messageId": "bad", "body": message("job", 99)["body"]},
        {"messageId": "bad", "body": message("job", 0, run=2)["body"]},
    ],
)
def test_a_message_that_can_never_be_taken_is_refused_alone(cloud, tokens, tracker, bad):
    open_job(cloud, "job", 2)
    assert tracker.track([message("job", 0), bad, message("job", 1)]) == ["bad"]
    assert list(tokens.taken) == ["token of job"]


def test_when_the_table_fails_all_messages_of_the_job_come_again(cloud, tokens, tracker, monkeypatch):
    open_job(cloud, "job", 2)
    open_job(cloud, "other", 1)

    def broken(plan, *rest):
        if plan.job_id == "job":
            raise ConnectionError("no answer")
        return real(plan, *rest)

    from rollcall import barrier

    real = barrier.settle
    monkeypatch.setattr(barrier, "settle", broken)
    assert tracker.track([message("job", 0), message("other", 0), message("job", 1)]) == ["job-0-1", "job-1-1"]
    monkeypatch.undo()
    tracker.track([message("job", 0), message("job", 1)])
    assert set(tokens.taken) == {"token of job", "token of other"}


def test_only_the_plans_of_the_last_jobs_are_kept(cloud, tracker, monkeypatch):
    monkeypatch.setattr("track_settlements.tracker.PLANS_KEPT", 2)
    for number in range(4):
        open_job(cloud, f"job{number}", 1)
        tracker.track([message(f"job{number}", 0)])
    assert list(tracker.plans) == ["job2", "job3"]
