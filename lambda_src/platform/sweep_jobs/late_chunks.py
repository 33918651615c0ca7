"""Looking after chunks that have not settled in time: they are enqueued again, or their items fail by name."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from rollcall.barrier.settled_sets import SettledSets, read_sets
from rollcall.dispatch import deadlines
from rollcall.dispatch.dispatcher import requests
from rollcall.dispatch.start_workers import counts
from rollcall.errors import WorkerLost
from rollcall.ranges import stretches
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState, timeline_event
from rollcall.records.plans import Part, Plan
from rollcall.records.rows import JobRow
from rollcall.worker.chunk_failer import ChunkFailer
from sweep_jobs import overdue
from sweep_jobs.overdue import SweepDecision

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_sqs.client import SQSClient

FAILED_AT_ONCE = 2000  # what a sweep has time for; the next one goes on
STRETCHES_NAMED = 20


@dataclass(frozen=True)
class LateChunks:
    """The tables, clients of SQS and Lambda, what fails chunks, and the function that dispatches."""

    jobs: "Table"
    progress: "Table"
    sqs: "SQSClient"
    functions: "LambdaClient"
    chunk_failer: ChunkFailer
    dispatch_function: str

    def look_after(self, row: JobRow, plan: Plan, now: datetime) -> str:
        """Do what the missing chunks of a running job need; "swept", "given up", both or ""."""
        sets = read_sets(self.progress, plan)
        late = deadlines.overdue(row, plan, sets, now)
        in_queues = {part.data_type: counts(self.sqs, part.queue_url) for part in late}
        decision = overdue.decide(row, plan, sets, in_queues, now)
        if not self.note(row, plan, sets, decision, now):
            return ""
        if decision.enqueue:
            payload = json.dumps({"job_id": plan.job_id}).encode()
            self.functions.invoke(FunctionName=self.dispatch_function, InvocationType="Event", Payload=payload)
        for part in decision.fail:
            self.fail_missing(row, plan, part, sets)
        return ", ".join(["swept"] * bool(decision.enqueue) + ["given up"] * bool(decision.fail))

    def note(self, row: JobRow, plan: Plan, sets: SettledSets, decision: SweepDecision, now: datetime) -> bool:
        """Write into the job's row what is about to be done; False when another sweep was quicker.

        A part given up is noted before its chunks fail, so that the next sweep goes on where this one stops.
        """
        names = {deadlines.given_up_name(plan, part): part for part in decision.fail}
        known = row.get("given_up", [])
        given_up = [part for name, part in names.items() if name not in known]
        if not decision.enqueue and not given_up:
            return True
        before = row.get("swept_at")
        same = Attr("swept_at").eq(before) if before else Attr("swept_at").not_exists()
        event = timeline_event("swept", run=plan.run)
        event |= {"chunks": named(decision.enqueue, sets)} if decision.enqueue else {}
        event |= {"given_up": named(given_up, sets)} if given_up else {}
        changes = {
            "sweeps": decision.sweeps,
            "swept_at": now.astimezone(UTC).isoformat(timespec="milliseconds"),
            "given_up": sorted({*known, *names}),
        }
        condition = same & Attr("run").eq(plan.run)
        return job_record.update(
            self.jobs,
            plan.job_id,
            changes,
            only_in=(JobState.RUNNING,),
            where=condition,
            event=job_record.unless_full(row, event),
        )[0]

    def fail_missing(self, row: JobRow, plan: Plan, part: Part, sets: SettledSets) -> None:
        missing = sets.missing(part)[:FAILED_AT_ONCE]
        chunks = requests(plan, part, missing, row["dispatch"], self.chunk_failer.bucket, self.chunk_failer.s3)
        minutes = deadlines.deadline(part).total_seconds() / 60
        error = WorkerLost(
            f"no worker of route {part.route!r} answered for it within {minutes:.0f} minutes, and it was handed out "
            f"again {part.max_attempts} times. See whether the route is still there, and its workers' log; "
            "then redrive the job"
        )
        self.chunk_failer.fail(((request, part.max_attempts) for request in chunks), part.target, error)


def named(parts: list[Part], sets: SettledSets) -> dict[str, list[list[int]]]:
    """The missing chunks of some parts by data type, as first and last of each stretch: twenty stretches in all."""
    found, left = {}, STRETCHES_NAMED
    for part in parts:
        found[part.data_type] = stretches(sets.missing(part))[:left]
        left -= len(found[part.data_type])
    return found
