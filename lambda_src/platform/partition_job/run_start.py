"""What partitioning writes into a job's row: that it was refused, or goes on with a plan."""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from rollcall.errors import Abandoned
from rollcall.records import jobs as job_record
from rollcall.records import locks
from rollcall.records.jobs import JobState, now, timeline_event
from rollcall.records.plans import Plan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

# What a run before has left.
OUTDATED = {"task_token", "dispatched_at", "settled_at", "finished_at", "outcome", "error", "swept_at"}
OF_THE_FIRST_RUN = {"deadline_at"}


def take_lock(jobs: "Table", job_id: str, request: dict) -> None:
    """Take the lock that a request names, if any; raises InputRefused or LockHeld while another job has it."""
    if lock := request.get("lock"):
        job_record.update(jobs, job_id, {"lock": lock["name"]})
        locks.acquire(jobs, lock["name"], job_id, bool(lock.get("wait")))


def refuse(jobs: "Table", job_id: str, reason: Exception) -> None:
    changes = {"state": JobState.REFUSED, "problems": str(reason).split("\n"), "finished_at": now()}
    event = timeline_event("refused")
    job_record.update(jobs, job_id, changes, only_in=(JobState.PARTITIONING,), event=event, remove=("open",))


def start(
    jobs: "Table", plan: Plan, changes: dict, what: str, only_in: tuple[JobState, ...], run_before: int, **more: Any
) -> None:
    """Write the plan, then let the job go on with it: RUNNING, or SETTLED if there are no items.

    `what` and `more` become a timeline event. Raises Abandoned when the job was cancelled meanwhile.
    """
    job_record.write_plan(jobs, plan)
    empty = {"state": JobState.SETTLED, "outcome": JobState.SUCCEEDED, "succeeded": 0, "failed": 0}
    changes = {**changes, **({"state": JobState.RUNNING} if plan.chunks else empty), "partitioned_at": now()}
    event = timeline_event(what, run=plan.run, items=plan.items, chunks=plan.chunks, **more)
    outdated = OUTDATED | (OF_THE_FIRST_RUN if plan.run > 1 else set())
    same_run, remove = Attr("run").eq(run_before), tuple(outdated - changes.keys())
    _, row = job_record.update(jobs, plan.job_id, changes, only_in, same_run, event, remove=remove)
    row = row or job_record.read(jobs, plan.job_id)
    if row["run"] != plan.run or JobState(row["state"]).ended:
        raise Abandoned(f"job {plan.job_id!r} is {row['state']} in run {row['run']}")
