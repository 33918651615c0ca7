"""A run's end is written once, whatever ended it and however often it is told: state, counts, receipt, lock, notice."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.samples import part

from finish_job.ending import Ending
from finish_job.finish import Finisher
from rollcall.barrier import barrier
from rollcall.dispatch import queues
from rollcall.errors import JobNotFound
from rollcall.events import ChunkSettled
from rollcall.intake.manifests import Manifest, write_index
from rollcall.receipts import receipts
from rollcall.receipts.verification import verify
from rollcall.records import jobs as job_record
from rollcall.records import locks
from rollcall.records.plans import Plan
from rollcall.records.results import failure_line, result_key, success_line, write_once
from rollcall.records.rows import JobRow

REQUEST = {"submitted_by": "ada", "job_type": "valuation"}
ACCEPTED = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)


class Stopper(list):
    """Stands for the stopper of workers: keeps the jobs whose workers it was to stop."""

    def stop(self, plan: Plan) -> None:
        self.append(plan.job_id)


@pytest.fixture
def place(cloud, monkeypatch):
    """A running job of three chunks of two items each, and a finisher; its notices are kept in `told`."""
    cloud.told, cloud.stopper, cloud.slept = [], Stopper(), []
    monkeypatch.setattr(queues, "put", lambda client, bus, events: cloud.told.extend(events))
    cloud.finisher = Finisher(
        cloud.jobs, cloud.progress, cloud.s3, None, cloud.bucket, "bus", cloud.stopper, cloud.slept.append
    )
    begin(cloud, Plan("job", 1, "", [part("equity", 3, items=6, manifest="m1")]), [["a", "b"], ["c", "d"], ["e", "f"]])
    return cloud


def begin(place, plan: Plan, ids: list[list[str]]) -> None:
    """A run of chunks with these items: its manifest, its index, its plan, and the job's row in it."""
    place.plan, place.ids = plan, ids
    chunks = ["".join(json.dumps(item(name)) + "\n" for name in chunk).encode() for chunk in ids]
    place.s3.put_object(Bucket=place.bucket, Key=plan.parts[0].manifest, Body=b"".join(chunks))
    index = Manifest(None, 2)
    for chunk, names in zip(chunks, ids, strict=True):
        index.lengths.append(len(chunk))
        index.counts.append(len(names))
    write_index([index], "job", plan.run, place.bucket, place.s3)
    job_record.write_plan(place.jobs, plan)
    at = job_record.now()
    row = {"state": "RUNNING", "run": plan.run, "dispatch": 1, "restarts": 0, "created_at": at, "partitioned_at": at}
    job_record.update(place.jobs, "job", row | {"open": "open"}, remove=("finished_at", "settled_at"))


def item(name: str) -> dict:
    return {"id": name, "data_type": "equity"}


def settle(place, chunk: int, failed: int = 0) -> None:
    items = [item(name) for name in place.ids[chunk]]
    lines = [failure_line(each, ValueError("no"), False, 1) for each in items[:failed]]
    lines += [success_line(each, {}) for each in items[failed:]]
    write_once(place.s3, place.bucket, result_key("job", place.plan.run, chunk), lines, failed)
    settled = ChunkSettled("job", place.plan.run, chunk, 1, len(items) - failed, failed, "lambda", "a", "b")
    barrier.settle(place.plan, [settled], place.progress, place.jobs, None)


def settle_all(place) -> dict:
    """Settle every chunk, one item failed; the outcome the barrier releases."""
    for chunk in range(3):
        settle(place, chunk, failed=chunk == 1)
    return barrier.released(row(place))


def finish(place, execution="job", outcome=None, summary=None, error=None, broken=False) -> dict:
    return place.finisher.finish(Ending(execution, outcome, summary, error, REQUEST, ACCEPTED, broken))


def row(place) -> JobRow:
    return job_record.read(place.jobs, "job")


def change(place, **changes) -> None:
    job_record.update(place.jobs, "job", changes)


def counts(of) -> tuple[int, ...]:
    return tuple(int(of[name]) for name in ("succeeded", "failed", "not_run"))


def check(place, *plans: Plan) -> list[str]:
    receipt = receipts.read(place.s3, place.bucket, "job")
    return verify(place.s3, place.bucket, receipt, {plan.run: plan for plan in plans}).differences


def test_a_settled_job_ends_as_its_outcome_says_with_its_summary(place):
    ended = finish(place, outcome=settle_all(place), summary={"total": 1.5})
    assert ended == {
        "job_id": "job",
        "run": 1,
        "status": "PARTIAL",
        "items": 6,
        "succeeded": 5,
        "failed": 1,
        "not_run": 0,
        "summary": {"total": 1.5},
    }
    assert (row(place)["state"], json.loads(row(place)["summary"])) == ("PARTIAL", {"total": 1.5})
    assert "open" not in row(place) and row(place)["finished_at"]
    assert row(place)["timeline"][-1]["what"] == "finished"
    assert (place.stopper, place.slept) == ([], [])


def test_the_end_leaves_a_receipt_that_is_true(place):
    finish(place, outcome=settle_all(place))
    assert check(place, place.plan) == []
    receipt = receipts.read(place.s3, place.bucket, "job")
    assert (receipt["status"], receipt["settled"], receipt["missing"]) == ("PARTIAL", 3, [])


def test_the_end_lets_the_lock_go_and_tells_the_bus(place):
    locks.acquire(place.jobs, "book", "job", wait=False)
    change(place, lock="book")
    finish(place, outcome=settle_all(place))
    assert locks.read(place.jobs, "book")["holder"] is None
    (told,) = place.told
    assert (told.job_id, told.run, told.status, told.items, counts(vars(told))) == ("job", 1, "PARTIAL", 6, (5, 1, 0))


def test_an_end_told_again_changes_nothing_and_is_not_announced_again(place):
    outcome = settle_all(place)
    first = finish(place, outcome=outcome)
    before = row(place)
    assert finish(place, outcome=outcome) == first
    assert finish(place, error="its execution failed", broken=True)["status"] == "PARTIAL"
    assert (row(place), len(place.told)) == (before, 1)


@pytest.mark.parametrize("dies_at", ["write_once", "release", "put"])
def test_an_end_that_died_midway_is_completed_when_told_again(place, dies_at, monkeypatch):
    change(place, lock="book")
    outcome = settle_all(place)
    module = {"write_once": receipts, "release": locks, "put": queues}[dies_at]
    with monkeypatch.context() as patched:
        patched.setattr(module, dies_at, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            finish(place, outcome=outcome)
    assert row(place)["open"] == "open"
    assert counts(finish(place, outcome=outcome)) == (5, 1, 0)
    assert "open" not in row(place) and len(place.told) == 1
    assert check(place, place.plan) == []


def test_an_error_ends_the_job_failed_with_its_message(place):
    assert finish(place, outcome=settle_all(place), error="KeyError: no spot")["status"] == "FAILED"
    assert row(place)["error"] == "KeyError: no spot"


@pytest.mark.parametrize("state", ["CANCELLED", "REFUSED"])
def test_a_job_that_was_cancelled_or_refused_stays_so(place, state):
    change(place, state=state)
    ended = finish(place, error="its execution was stopped")
    assert (ended["status"], row(place)["state"]) == (state, state)
    assert "error" not in row(place) and row(place)["finished_at"]
    assert place.told[0].status == state


def test_what_a_cancelled_job_came_to_is_counted_exactly(place):
    settle(place, 0)
    settle(place, 2, failed=1)
    change(place, state="CANCELLED")
    ended = finish(place, error="its execution was stopped")
    assert (counts(ended), ended["items"], counts(row(place))) == ((3, 1, 2), 6, (3, 1, 2))
    assert receipts.read(place.s3, place.bucket, "job")["missing"] == [[1, 1]]
    assert check(place, place.plan) == []


def test_workers_are_stopped_first_and_what_they_settle_to_the_last_is_counted(place):
    change(place, state="CANCELLED")
    object.__setattr__(place.finisher, "sleep", lambda seconds: settle(place, 0))
    assert counts(finish(place, error="its execution was stopped")) == (2, 0, 4)
    assert place.stopper == ["job"]


def test_a_job_stopped_from_outside_fails_with_that_reason(place):
    assert finish(place, error="its execution was stopped: Operator")["status"] == "FAILED"
    assert row(place)["error"] == "its execution was stopped: Operator"


@pytest.mark.parametrize("state", ["PARTITIONING", "RUNNING", "PAUSED"])
def test_a_job_whose_execution_broke_is_left_to_be_picked_up_until_that_is_used_up(place, state):
    change(place, state=state)
    assert finish(place, error="its execution failed", broken=True)["status"] == state
    change(place, restarts=3)
    assert finish(place, "job.1.3", error="its execution failed", broken=True)["status"] == "FAILED"


def test_a_settled_job_whose_execution_broke_is_closed(place):
    settle_all(place)
    assert finish(place, error="its execution failed", broken=True)["status"] == "FAILED"


def test_the_end_of_an_execution_that_was_followed_by_another_changes_nothing(place):
    change(place, restarts=1)
    before = row(place)
    assert finish(place, "job", error="its execution was stopped")["status"] == "RUNNING"
    assert (row(place), place.told) == (before, [])
    assert finish(place, "job.1.1", error="its execution was stopped")["status"] == "FAILED"


def test_the_end_of_another_run_changes_nothing(place):
    change(place, run=2)
    before = row(place)
    assert finish(place, "job", error="its execution was stopped")["run"] == 2
    assert finish(place, "job.3", error="InputRefused: nothing to redrive")["status"] == "RUNNING"
    assert (row(place), place.told) == (before, [])


def test_a_job_that_failed_before_it_had_a_row_gets_one_with_who_submitted_it_and_when(place):
    ended = finish(place, "unborn", error="Lambda.Unknown: ")
    assert (ended["status"], ended["items"]) == ("FAILED", 0)
    made = job_record.read(place.jobs, "unborn")
    assert (made["error"], made["submitted_by"], made["job_type"]) == ("Lambda.Unknown: ", "ada", "valuation")
    assert made["timeline"][0] == {"at": "2026-11-21T01:02:03.000+00:00", "what": "submitted", "by": "ada"}
    assert made["created_at"] == made["timeline"][0]["at"]
    assert receipts.read(place.s3, place.bucket, "unborn") is None
    with pytest.raises(JobNotFound):
        finish(place, "unknown.2", error="x")


def redrive(place) -> tuple[Plan, Plan]:
    """A run of which c failed and e and f did not run, then one with those three, c and e in its first chunk."""
    settle(place, 0)
    settle(place, 1, failed=1)
    change(place, state="CANCELLED")
    finish(place, error="its execution was stopped")
    first = place.plan
    plan = Plan("job", 2, "", [part("equity", 2, items=3, manifest="m2")], base_succeeded=3)
    begin(place, plan, [["c", "e"], ["f"]])
    return first, plan


def test_a_redriven_job_that_settled_has_all_runs_on_its_receipt(place):
    first, plan = redrive(place)
    settle(place, 0)
    settle(place, 1)
    assert counts(finish(place, "job.2", outcome=barrier.released(row(place)))) == (6, 0, 0)
    receipt = receipts.read(place.s3, place.bucket, "job")
    assert [(entry["run"], entry["settled"]) for entry in receipt["runs"]] == [(1, 2), (2, 2)]
    assert check(place, first, plan) == []


def test_items_of_a_cancelled_redrive_stand_as_they_did_before(place):
    first, plan = redrive(place)
    settle(place, 1)
    change(place, state="CANCELLED")
    assert counts(finish(place, "job.2", error="its execution was stopped")) == (4, 1, 1)
    assert check(place, first, plan) == []


def test_a_run_without_a_receipt_of_the_one_before_counts_that_from_its_sets(place):
    first, plan = redrive(place)
    place.s3.delete_object(Bucket=place.bucket, Key=receipts.receipt_key("job", 1))
    settle(place, 0)
    settle(place, 1)
    finish(place, "job.2", outcome=barrier.released(row(place)))
    assert check(place, first, plan) == []


def test_where_the_engine_keeps_no_record_results_tell_what_ran_to_the_last(place):
    plan = replace(place.plan, engine="events_per_item")
    job_record.write_plan(place.jobs, plan)
    store = lambda chunk: write_once(place.s3, place.bucket, result_key("job", 1, chunk), ["{}"] * 2, 0)  # noqa: E731
    store(0)
    place.finisher = replace(place.finisher, sleep=lambda seconds: store(1))
    ended = finish(place, outcome={"status": "SUCCEEDED"})
    assert counts(ended) == (4, 0, 2)
