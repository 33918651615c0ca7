"""The tracker takes a batch of messages to the barriers of their jobs, and puts aside what can never be taken."""

import json
import random

import pytest
from botocore.exceptions import ClientError
from tests.samples import part

from rollcall.barrier import barrier
from rollcall.events import ChunkSettled, envelope
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall.records.plans import Plan
from track_settlements.tracker import Tracker

AT = "2026-01-01T00:00:00.000+00:00"
WORKERS_ROLE = "AROAEQUITY"  # as samples.part gives it


@pytest.fixture
def refused() -> list[tuple[str, str]]:
    """(message id, reason) of what was put aside."""
    return []


@pytest.fixture
def tracker(cloud, tokens, refused) -> Tracker:
    def refuse(record: dict, reason: str) -> None:
        refused.append((record["messageId"], reason))

    return Tracker(cloud.jobs, cloud.progress, tokens, refuse, frozenset({"AROABRIDGE"}))


def track(tracker: Tracker, records: list[dict]) -> list[str]:
    return tracker.track(records, lambda: True)


def open_job(cloud, job_id: str, chunks: int, **more) -> None:
    job_record.write_plan(cloud.jobs, Plan(job_id, 1, "", [part("equity", chunks)]))
    row = {"state": JobState.RUNNING, "run": 1, "task_token": f"token of {job_id}", **more}
    cloud.jobs.put_item(Item={**job_record.key(job_id), **row})


def message(job_id: str, chunk: int, failed: int = 0, run: int = 1, sender: str = "") -> dict:
    event = ChunkSettled(job_id, run, chunk, 1, 10 - failed, failed, "lambda", AT, AT)
    attributes = {"SenderId": sender} if sender else {}
    return {"messageId": f"{job_id}-{chunk}-{run}", "body": json.dumps(envelope(event)), "attributes": attributes}


def test_messages_of_several_jobs_in_one_batch_reach_each_its_own_barrier(cloud, tokens, tracker):
    open_job(cloud, "one", 3)
    open_job(cloud, "two", 2)
    assert track(tracker, [message("one", 0), message("two", 1), message("one", 2), message("two", 0)]) == []
    assert list(tokens.taken) == ["token of two"]
    track(tracker, [message("one", 1)])
    assert set(tokens.taken) == {"token of one", "token of two"}


def test_what_there_is_no_time_for_is_delivered_again_alone(cloud, tokens, tracker):
    jobs = [f"job-{number}" for number in range(30)]
    for job in jobs:
        open_job(cloud, job, 1)
    left = iter(range(20))
    again = tracker.track([message(job, 0) for job in jobs], lambda: next(left, None) is not None)
    assert len(again) == 10
    assert set(tokens.taken) == {f"token of {job}" for job in jobs if f"{job}-0-1" not in again}
    assert track(tracker, [message(job, 0) for job in jobs if f"{job}-0-1" in again]) == []
    assert len(tokens.taken) == 30


def test_every_settlement_doubled_and_shuffled_gives_the_same_counts_and_one_release(cloud, tokens, tracker):
    open_job(cloud, "job", 120)
    records = [message("job", chunk, failed=chunk % 7) for chunk in range(120)] * 2
    random.Random(11).shuffle(records)
    for start in range(0, len(records), 10):
        assert track(tracker, records[start : start + 10]) == []
    failed = sum(chunk % 7 for chunk in range(120))
    counts = {"items": 1200, "succeeded": 1200 - failed, "failed": failed, "not_run": 0}
    assert tokens.taken == {"token of job": {"status": "PARTIAL", **counts}}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "not JSON"),
        (json.dumps({"source": "rollcall", "detail-type": "Chunk Settled", "detail": {}}), "chunk_settled.json"),
        (json.dumps({"source": "rollcall", "detail-type": "Chunk Requested", "detail": {}}), "chunk_requested.json"),
        ("[]", "detail-type"),
        (message("nobody", 0)["body"], "job 'nobody' has no run 1"),
        (message("job", 0, run=2)["body"], "job 'job' has no run 2"),
        (message("job", 99)["body"], "job 'job' has no chunk 99; its chunks are 0 to 1"),
    ],
    ids=["not JSON", "wrong schema", "another event", "a list", "unknown job", "unknown run", "unknown chunk"],
)
def test_a_message_that_can_never_be_taken_is_put_aside_alone_and_with_the_reason(
    cloud, tokens, tracker, refused, body, reason
):
    open_job(cloud, "job", 2)
    assert track(tracker, [message("job", 0), {"messageId": "bad", "body": body}, message("job", 1)]) == []
    assert list(tokens.taken) == ["token of job"]
    ((name, why),) = refused
    assert name == "bad"
    assert reason in why


@pytest.mark.parametrize("sender", ["AROAOTHER:function", "AROAEQUITYX:task"])
def test_a_settlement_sent_under_a_role_that_may_not_settle_is_put_aside(cloud, tokens, tracker, refused, sender):
    open_job(cloud, "job", 1)
    assert track(tracker, [message("job", 0, sender=sender)]) == []
    assert tokens.sent == 0
    assert sender.partition(":")[0] in refused[0][1]


@pytest.mark.parametrize("sender", [f"{WORKERS_ROLE}:function", "AROABRIDGE:rule", "AIDAUSER", "000000000000", ""])
def test_the_role_of_the_route_and_trusted_ones_may_settle(cloud, tokens, tracker, refused, sender):
    """Who is no role at all has been let in by the queue's own policy."""
    open_job(cloud, "job", 1)
    track(tracker, [message("job", 0, sender=sender)])
    assert (len(tokens.taken), refused) == (1, [])


@pytest.mark.parametrize("state", ["SUCCEEDED", "CANCELLED"])
def test_a_settlement_for_a_finished_job_changes_nothing(cloud, tokens, tracker, refused, state):
    open_job(cloud, "job", 1, state=state)
    assert track(tracker, [message("job", 0)]) == []
    assert (tokens.sent, refused, job_record.read(cloud.jobs, "job")["state"]) == (0, [], state)


def test_the_same_message_at_two_trackers_at_once_is_counted_once(cloud, tokens, tracker, monkeypatch):
    """The second tracker does all its work before the first one's second write."""
    open_job(cloud, "job", 1)
    other = Tracker(cloud.jobs, cloud.progress, tokens, tracker.refuse)
    fill_shard = barrier.fill_shard

    def overtaken(*given):
        monkeypatch.setattr(barrier, "fill_shard", fill_shard)
        track(other, [message("job", 0, failed=3)])
        fill_shard(*given)

    monkeypatch.setattr(barrier, "fill_shard", overtaken)
    track(tracker, [message("job", 0, failed=3)])
    counts = {"items": 10, "succeeded": 7, "failed": 3, "not_run": 0}
    assert tokens.taken == {"token of job": {"status": "PARTIAL", **counts}}


def test_when_the_table_fails_all_messages_of_the_job_come_again_and_only_those(cloud, tokens, tracker, monkeypatch):
    open_job(cloud, "job", 2)
    open_job(cloud, "other", 1)
    real = barrier.settle
    throttled = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": ""}}, "UpdateItem")

    def broken(plan, *rest):
        if plan.job_id == "job":
            raise throttled
        return real(plan, *rest)

    monkeypatch.setattr(barrier, "settle", broken)
    assert track(tracker, [message("job", 0), message("other", 0), message("job", 1)]) == ["job-0-1", "job-1-1"]
    monkeypatch.undo()
    track(tracker, [message("job", 0), message("job", 1)])
    assert set(tokens.taken) == {"token of job", "token of other"}


def test_a_plan_that_cannot_be_read_now_makes_the_message_come_again(cloud, tokens, tracker, refused, monkeypatch):
    open_job(cloud, "job", 1)
    throttled = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": ""}}, "GetItem")

    def read_plan(*_):
        raise throttled

    with monkeypatch.context() as while_throttled:
        while_throttled.setattr(job_record, "read_plan", read_plan)
        assert track(tracker, [message("job", 0)]) == ["job-0-1"]
    assert refused == []
    assert track(tracker, [message("job", 0)]) == []
    assert len(tokens.taken) == 1


def test_only_the_plans_of_the_last_runs_are_kept(cloud, tracker, monkeypatch):
    monkeypatch.setattr("track_settlements.tracker.PLANS_KEPT", 2)
    for number in range(4):
        open_job(cloud, f"job{number}", 1)
        track(tracker, [message(f"job{number}", 0)])
    assert list(tracker.plans) == [("job2", 1), ("job3", 1)]
