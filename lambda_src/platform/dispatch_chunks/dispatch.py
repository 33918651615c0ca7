"""Dispatch: hand out every chunk of a job that has not settled; the first time that is all of them."""

from typing import TYPE_CHECKING

from rollcall.barrier.settled_sets import read_sets
from rollcall.dispatch.dispatcher import Dispatcher
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState, now, timeline_event

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


def dispatch_missing(job_id: str, jobs: "Table", progress: "Table", dispatcher: Dispatcher) -> dict[str, int]:
    """Enqueue the missing chunks of a job's run again, as its next dispatch.

    What older dispatches have enqueued is void from then on, so a dispatch may be repeated at any time: after
    a crash, when a paused job goes on, when chunks are overdue. A job that is not RUNNING is left alone.
    """
    running, row = job_record.update(jobs, job_id, {}, only_in=(JobState.RUNNING,), add={"dispatch": 1})
    if not running or row is None:
        return {"queued": 0, "started": 0}
    plan = job_record.read_plan(jobs, job_id, row["run"])
    sets = read_sets(progress, plan)
    missing = {part.data_type: sets.missing(part) for part in plan.parts}
    counts = dispatcher.dispatch(plan, missing, row["dispatch"])
    event = timeline_event("dispatched", run=plan.run, dispatch=row["dispatch"], chunks=counts["queued"])
    noted = job_record.unless_full(row, event)
    job_record.update(jobs, job_id, {"dispatched_at": now()}, only_in=(JobState.RUNNING,), event=noted)
    return counts
