"""The end of a run: its final state in the job's row, its exact counts, its receipt, its lock, its notice."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from finish_job import stored
from finish_job.counting import count
from finish_job.ending import Ending
from finish_job.stopping import Stopper
from rollcall.barrier.settled_sets import SettledSets, read_sets
from rollcall.dispatch import queues
from rollcall.dispatch.deadlines import MOST_RESTARTS
from rollcall.engines import Engine
from rollcall.errors import JobNotFound
from rollcall.events import JobFinished
from rollcall.receipts import receipts
from rollcall.records import jobs as job_record
from rollcall.records import locks
from rollcall.records.jobs import UNENDED, UNSETTLED, JobState, now, timeline_event
from rollcall.records.plans import Plan
from rollcall.records.rows import JobRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_s3.client import S3Client

COUNTS = ("succeeded", "failed", "not_run")
LAST_WORDS_SECONDS = 4  # a worker looks at its job once a second, and what it settles must be tracked


@dataclass(frozen=True)
class Finisher:
    """The tables, clients of S3 and EventBridge, the bucket, the bus, and what stops workers."""

    jobs: "Table"
    progress: "Table"
    s3: "S3Client"
    events: "EventBridgeClient"
    bucket: str
    bus: str
    stopper: Stopper
    sleep: Callable[[float], None] = time.sleep

    def finish(self, ending: Ending) -> dict:
        """Finish a run and return how its job ended: {"job_id", "run", "status", "items", …counts, "summary"}.

        Every step may be repeated after a crash; a run that is finished, or in the hands of another
        execution, stays as it is. A job that is CANCELLED or REFUSED stays that.
        """
        job_id, run, restart = job_record.job_of(ending.execution)
        row = self.row(job_id, run, ending)
        if row["run"] == run and row["restarts"] <= restart and not may_be_restarted(row, ending):
            row = self.close(row, ending)
            if not is_finished(row):
                row = self.complete(row)
        return answer(row, ending.summary)

    def row(self, job_id: str, run: int, ending: Ending) -> JobRow:
        """The job's row, made if the job failed before it had one; raises JobNotFound for a later run's."""
        if run > 1:
            return job_record.read(self.jobs, job_id)
        return job_record.opened(self.jobs, job_id, ending.request, ending.accepted)

    def close(self, row: JobRow, ending: Ending) -> JobRow:
        """Write the final state, unless the job has one."""
        status = ending.outcome["status"] if ending.outcome and not ending.error else JobState.FAILED
        changes = {"state": status, "finished_at": now()}
        if ending.summary is not None:
            changes["summary"] = json.dumps(ending.summary)
        if ending.error:
            changes["error"] = ending.error
        this_run = Attr("run").eq(row["run"])
        _, closed = job_record.update(self.jobs, row["job_id"], changes, only_in=UNENDED, where=this_run)
        return closed or job_record.read(self.jobs, row["job_id"])

    def complete(self, row: JobRow) -> JobRow:
        """All that follows from the end of a run; that it is complete is written last."""
        job_id, run = row["job_id"], row["run"]
        row = {**row, "finished_at": row.get("finished_at") or now()}
        counts = job_record.counts_of(row)
        try:
            plan: Plan | None = job_record.read_plan(self.jobs, job_id, run)
        except JobNotFound:  # it ended before it was partitioned
            plan = None
        if plan:
            counts = self.receipt(row, plan)
        if lock := row.get("lock"):
            locks.release(self.jobs, lock, job_id)
        finished = JobFinished(job_id, run, str(row["state"]), sum(counts.values()), **counts)
        queues.put(self.events, self.bus, [finished])
        changes = {**counts, "finished_at": row["finished_at"]}
        event = timeline_event("finished", run=run, status=str(row["state"]))
        this_run = Attr("run").eq(run)
        _, done = job_record.update(self.jobs, job_id, changes, where=this_run, event=event, remove=("open",))
        return done or job_record.read(self.jobs, job_id)

    def receipt(self, row: JobRow, plan: Plan) -> dict[str, int]:
        """Write the receipt; the job's counts as it has them."""
        sets = self.drain_workers(plan)
        counts = count(plan, sets, self.s3, self.bucket)
        receipt = receipts.build(row, counts, plan, sets, self.earlier(plan))
        return {name: receipts.write_once(self.s3, self.bucket, receipt)[name] for name in COUNTS}

    def drain_workers(self, plan: Plan) -> SettledSets:
        """What of a run has settled, after its workers have been stopped if it did not settle wholly."""
        sets = self.settled(plan)
        if sets.complete:
            return sets
        self.stopper.stop(plan)
        self.sleep(LAST_WORDS_SECONDS)
        return self.settled(plan)

    def settled(self, plan: Plan) -> SettledSets:
        if plan.engine == Engine.EVENTS_PER_ITEM:  # it counts answers and keeps no record of whose they are
            stored.settle(plan, self.s3, self.bucket, self.progress)
        return read_sets(self.progress, plan)

    def earlier(self, plan: Plan) -> list[dict]:
        """The entries of the runs before: as the last receipt has them, or from what is known of them."""
        if receipt := receipts.read_run(self.s3, self.bucket, plan.job_id, plan.run - 1):
            return receipt["runs"]
        plans = (job_record.read_plan(self.jobs, plan.job_id, run) for run in range(1, plan.run))
        known = ((before, read_sets(self.progress, before)) for before in plans)
        return [receipts.run_entry(before, sets, sets.first, sets.last) for before, sets in known]


def may_be_restarted(row: JobRow, ending: Ending) -> bool:
    """Whether the sweeper starts another execution for a job whose own broke before all had settled."""
    undone = row["state"] in (JobState.PARTITIONING, *UNSETTLED)
    return ending.broken and undone and row["restarts"] < MOST_RESTARTS


def is_finished(row: JobRow) -> bool:
    done = ((event["what"], event.get("run")) for event in row.get("timeline", []))
    return ("finished", row["run"]) in done


def answer(row: JobRow, summary: dict | None) -> dict:
    counts = job_record.counts_of(row)
    return {
        "job_id": row["job_id"],
        "run": row["run"],
        "status": str(row["state"]),
        "items": sum(counts.values()),
        **counts,
        "summary": summary,
    }
