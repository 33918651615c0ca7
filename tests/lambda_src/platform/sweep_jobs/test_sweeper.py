"""Whatever died in the course of a job, the sweep does what it left undone, once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.samples import part

from rollcall.barrier import barrier
from rollcall.barrier.settled_sets import SettledSets
from rollcall.events import ChunkSettled, parse
from rollcall.intake.manifests import Manifest, write_index
from rollcall.records import jobs as job_record
from rollcall.records import locks, results
from rollcall.records.jobs import MOST_TIMELINE_EVENTS
from rollcall.records.plans import Plan
from rollcall.records.rows import JobRow
from rollcall.worker.chunk_failer import ChunkFailer
from sweep_jobs.late_chunks import LateChunks, named
from sweep_jobs.sweeper import Sweeper

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:rollcall-test-job"
INPUT = '{"input": {"uri": "s3://b/k"}}'


class States:
    """Stands for Step Functions: executions by name with a status, and what was started and sent."""

    class exceptions:
        class ExecutionDoesNotExist(Exception): ...

        class ExecutionAlreadyExists(Exception): ...

    def __init__(self):
        self.executions: dict[str, str] = {}
        self.sent: list[str] = []

    def describe_execution(self, executionArn: str) -> dict:
        machine, name = executionArn.rsplit(":", 1)
        assert machine == MACHINE.replace("stateMachine", "execution")
        if name not in self.executions:
            raise self.exceptions.ExecutionDoesNotExist
        return {"status": self.executions[name], "input": INPUT, "cause": "out of luck"}

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> None:
        assert (stateMachineArn, input) == (MACHINE, INPUT)
        if name in self.executions:
            raise self.exceptions.ExecutionAlreadyExists
        self.executions[name] = "RUNNING"

    def stop_execution(self, executionArn: str, error: str, cause: str) -> None:
        name = executionArn.rpartition(":")[2]
        assert self.executions[name] == "RUNNING"
        self.executions[name] = f"ABORTED by {error}: {cause}"

    def send_task_success(self, taskToken: str, output: str) -> None:
        self.sent.append(taskToken)


class Functions(list):
    """Stands for Lambda: keeps (function, event) of each asynchronous call."""

    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> None:
        assert InvocationType == "Event"
        self.append((FunctionName, json.loads(Payload)))


@pytest.fixture
def place(cloud):
    """A running job of three chunks of one item each, whose execution lives, and a sweeper."""
    queue_url, cloud.settlements = cloud.queue("equity"), cloud.queue("settlements")
    cloud.plan = Plan("job", 1, "", [part("equity", 3, queue_url=queue_url, manifest="m", items=3)])
    body = "".join(json.dumps({"id": str(n), "data_type": "equity"}) + "\n" for n in range(3)).encode()
    cloud.s3.put_object(Bucket=cloud.bucket, Key="m", Body=body)
    index = Manifest(None, 1)
    for length in [len(body) // 3] * 3:
        index.lengths.append(length)
        index.counts.append(1)
    write_index([index], "job", 1, cloud.bucket, cloud.s3)
    job_record.write_plan(cloud.jobs, cloud.plan)
    begun = ago(seconds=20)
    row = {"state": "RUNNING", "run": 1, "dispatch": 1, "restarts": 0, "sweeps": 0, "task_token": "token"}
    times = {"created_at": begun, "partitioned_at": begun, "dispatched_at": begun}
    job_record.update(cloud.jobs, "job", row | times | {"open": "open"})
    cloud.states, cloud.functions = States(), Functions()
    cloud.states.executions["job"] = "RUNNING"
    failing = ChunkFailer(cloud.s3, cloud.sqs, cloud.bucket, cloud.settlements)
    late = LateChunks(cloud.jobs, cloud.progress, cloud.sqs, cloud.functions, failing, "dispatch")
    cloud.sweeper = Sweeper(cloud.jobs, cloud.progress, cloud.states, cloud.functions, late, MACHINE, "finish")
    return cloud


def ago(**time) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat(timespec="milliseconds")


def sweep(place, later: float = 0) -> str:
    """Sweep so many seconds from now; the sweep's own entries in the timeline are of now."""
    return place.sweeper.sweep("job", datetime.now(UTC) + timedelta(seconds=later))


def row(place) -> JobRow:
    return job_record.read(place.jobs, "job")


def change(place, **changes) -> None:
    job_record.update(place.jobs, "job", changes)


def settle(place, *chunks: int) -> None:
    settled = [ChunkSettled("job", 1, chunk, 1, 1, 0, "lambda", "a", "b") for chunk in chunks]
    barrier.settle(place.plan, settled, place.progress, place.jobs, place.states)


def settlements(place) -> list[ChunkSettled]:
    found = place.sqs.receive_message(QueueUrl=place.settlements, MaxNumberOfMessages=10).get("Messages", [])
    return [parse(message["Body"], ChunkSettled) for message in found]


def test_a_job_that_goes_well_is_left_alone(place):
    before = row(place)
    assert sweep(place) == ""
    assert (row(place), place.functions, place.states.sent) == (before, [], [])


def test_the_lock_of_an_open_job_is_renewed(place, monkeypatch):
    locks.acquire(place.jobs, "book", "job", wait=False)
    change(place, lock="book")
    until = locks.read(place.jobs, "book")["lease_until"]
    late = locks.time.time() + 60
    monkeypatch.setattr(locks.time, "time", lambda: late)
    sweep(place)
    assert locks.read(place.jobs, "book")["lease_until"] > until


def test_a_broken_execution_is_followed_by_another_with_the_same_input(place):
    place.states.executions["job"] = "FAILED"
    assert sweep(place) == "restart"
    assert place.states.executions == {"job": "FAILED", "job.1.1": "RUNNING"}
    assert (row(place)["restarts"], row(place)["timeline"][-1]["what"]) == (1, "restarted")
    assert sweep(place) == ""


def test_after_three_restarts_the_job_is_closed(place):
    for name in ("job", "job.1.1", "job.1.2", "job.1.3"):
        place.states.executions[name] = "TIMED_OUT"
        assert sweep(place) == ("close" if name == "job.1.3" else "restart")
    (function, event) = place.functions[-1]
    assert function == "finish"
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert (event["detail"]["name"], event["detail"]["status"]) == ("job.1.3", "TIMED_OUT")
    assert event["detail"]["cause"] == "out of luck"


def test_a_restart_that_died_after_it_was_counted_is_started_by_the_next_sweep(place):
    place.states.executions["job"] = "FAILED"
    change(place, restarts=1)
    assert sweep(place) == "restart"
    assert place.states.executions["job.1.1"] == "RUNNING"
    assert row(place)["restarts"] == 1


def test_two_sweeps_at_once_pick_a_job_up_once(place):
    place.states.executions["job"] = "FAILED"
    stale = row(place)
    sweep(place)
    place.sweeper.restart(stale, {"status": "FAILED", "input": INPUT})
    assert (row(place)["restarts"], len(place.states.executions)) == (1, 2)


def test_a_job_whose_execution_was_stopped_is_closed(place):
    place.states.executions["job"] = "ABORTED"
    assert sweep(place) == "close"
    assert place.functions[0][1]["detail"]["status"] == "ABORTED"


def test_a_job_without_an_execution_is_closed_with_that_reason(place):
    place.states.executions.clear()
    assert sweep(place) == ""
    assert sweep(place, later=600) == "close"
    assert "there is no execution arn:aws:states" in place.functions[0][1]["detail"]["cause"]


def test_the_token_of_a_settled_job_is_sent_again(place):
    settle(place, 0, 1, 2)
    assert place.states.sent == ["token"]
    sweep(place)
    assert place.states.sent == ["token"] * 2


@pytest.mark.parametrize("state", ["PARTITIONING", "RUNNING", "PAUSED"])
def test_a_job_that_has_not_settled_by_its_deadline_fails_by_name_and_its_execution_is_stopped(place, state):
    deadline = ago(seconds=-100)
    change(place, state=state, deadline_at=deadline)
    assert (sweep(place, later=90), row(place)["state"]) == ("", state)
    assert sweep(place, later=110) == "ended late"
    reason = f"its deadline, {deadline}, has passed"
    assert (row(place)["state"], row(place)["error"]) == ("FAILED", reason)
    assert place.states.executions == {"job": f"ABORTED by DeadlinePassed: {reason}"}
    assert row(place)["timeline"][-1]["what"] == "deadline passed"


def test_a_job_that_has_settled_is_not_late(place):
    change(place, deadline_at=ago(seconds=10))
    settle(place, 0, 1, 2)
    assert (sweep(place), row(place)["state"]) == ("", "SETTLED")


def test_an_ended_job_whose_execution_runs_on_loses_it(place):
    """Whoever ended it was to stop its execution, and died before."""
    change(place, state="FAILED")
    assert (sweep(place), place.states.executions["job"]) == ("", "RUNNING")
    assert sweep(place, later=600) == "close"
    assert place.states.executions["job"].startswith("ABORTED by JobEnded")
    assert place.functions == []  # Step Functions itself tells of it


def test_a_full_shard_that_a_dead_tracker_did_not_note_opens_the_barrier(place, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(barrier, "fill_shard", lambda *_: None)
        settle(place, 0, 1, 2)
    assert row(place)["state"] == "RUNNING"
    sweep(place)
    assert (row(place)["state"], place.states.sent) == ("SETTLED", ["token"])


@pytest.mark.parametrize("state", ["PAUSED", "PARTITIONING"])
def test_the_chunks_of_a_job_that_does_not_run_are_not_overdue(place, state):
    change(place, state=state)
    assert sweep(place, later=10_000) == ""
    assert place.functions == []


def test_chunks_that_are_lost_are_laid_anew_once_a_deadline(place):
    settle(place, 1)
    assert sweep(place, later=2000) == "swept"
    assert sweep(place, later=2060) == ""
    assert place.functions == [("dispatch", {"job_id": "job"})]
    event = row(place)["timeline"][-1]
    assert (event["what"], event["chunks"]) == ("swept", {"equity": [[0, 0], [2, 2]]})
    assert (row(place)["sweeps"], row(place)["given_up"]) == (1, [])


def test_two_sweeps_at_once_lay_chunks_anew_once(place):
    stale = row(place)
    late = datetime.now(UTC) + timedelta(seconds=2000)
    assert sweep(place, later=2000) == "swept"
    assert place.sweeper.late_chunks.look_after(stale, place.plan, late) == ""
    assert len(place.functions) == 1


def test_chunks_laid_anew_in_vain_fail_by_name_in_the_end(place):
    settle(place, 1)
    assert [sweep(place, later=2000 * n) for n in range(1, 5)] == ["swept", "swept", "swept", "given up"]
    assert [(s.chunk, s.failed) for s in settlements(place)] == [(0, 1), (2, 1)]
    errors = [line["error"] for line in results.read_results(place.s3, place.bucket, "job")]
    assert {error["type"] for error in errors} == {"WorkerLost"}
    assert "no worker of route 'equity' answered for it within 16 minutes" in errors[0]["message"]
    assert row(place)["timeline"][-1]["given_up"] == {"equity": [[0, 0], [2, 2]]}


def test_chunks_beyond_what_one_sweep_can_fail_are_failed_by_the_next(place, monkeypatch):
    monkeypatch.setattr("sweep_jobs.late_chunks.FAILED_AT_ONCE", 2)
    change(place, sweeps=3, swept_at=ago(seconds=0))
    assert sweep(place, later=2000) == "given up"
    assert [s.chunk for s in settlements(place)] == [0, 1]
    settle(place, 0, 1)
    assert sweep(place, later=2060) == "given up"
    assert [s.chunk for s in settlements(place)] == [2]
    assert len(row(place)["timeline"]) == 1


def test_a_barrier_whose_tracker_died_before_opening_it_is_opened(place, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(barrier, "release", lambda *_: None)
        settle(place, 0, 1, 2)
    assert row(place)["state"] == "RUNNING"
    sweep(place)
    assert (row(place)["state"], place.states.sent) == ("SETTLED", ["token"])


def test_chunks_of_other_engines_are_not_laid_anew_for_their_state_machine_waits_for_them(place):
    place.plan = replace(place.plan, engine="map")
    job_record.write_plan(place.jobs, place.plan)
    assert sweep(place, later=100_000) == ""
    assert (place.functions, settlements(place), row(place)["sweeps"]) == ([], [], 0)


def test_a_broken_execution_of_another_engine_is_followed_too(place):
    job_record.write_plan(place.jobs, replace(place.plan, engine="map"))
    place.states.executions["job"] = "FAILED"
    assert sweep(place) == "restart"


def test_of_many_lost_chunks_only_so_many_stretches_are_named_whatever_the_number_of_data_types():
    """The row of a job holds 400 KB, and each sweep adds to it."""
    parts = [part(f"type-{n}", 99, 99 * n, n) for n in range(300)]
    plan = Plan("job", 1, "", parts)
    settled = {n: frozenset(range(99 * n, 99 * (n + 1), 9)) for n in range(300)}
    found = named(parts, SettledSets(plan, settled, {}))
    assert sum(map(len, found.values())) == 20
    assert found["type-0"][0] == [1, 8]


def test_a_timeline_that_is_full_is_not_made_longer_and_the_chunks_are_laid_anew_all_the_same(place):
    change(place, timeline=[{"at": ago(hours=1), "what": "dispatched"}] * MOST_TIMELINE_EVENTS)
    assert sweep(place, later=2000) == "swept"
    assert len(row(place)["timeline"]) == MOST_TIMELINE_EVENTS
