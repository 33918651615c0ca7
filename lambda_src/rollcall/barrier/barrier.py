"""The barrier: opens exactly once, when every chunk of a run has settled.

Settled chunk numbers are number sets, sharded. A full shard adds its own number to the run's set of
full shards; when that is full the job moves RUNNING → SETTLED and its one task token is sent. Each
step looks at what is stored, not at who was first, so every step may be repeated after a crash at
any point and ends the same.
"""

import json
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from rollcall.barrier import settled_sets as sets
from rollcall.events import ChunkSettled
from rollcall.records import jobs as job_record
from rollcall.records.jobs import UNSETTLED, JobState, now
from rollcall.records.plans import Plan
from rollcall.records.rows import JobRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_stepfunctions.client import SFNClient

TOKEN_GONE = {"TaskTimedOut", "TaskDoesNotExist"}
ORDERS_A_RUN = 1000


def settle(plan: Plan, settlements: Iterable[ChunkSettled], progress: "Table", jobs: "Table", sfn: "SFNClient") -> None:
    """Take in settlements of one run, in any order and with any repetition; open the barrier if all are in.

    `progress` and `jobs` are DynamoDB tables, `sfn` a Step Functions client.
    """
    settlements = list(settlements)
    latest = {s.chunk: s for s in settlements}
    known: set[int] = set()
    for (shard, size), chunks in groupby(sorted(latest), plan.shard_of):
        added = sets.add_once(progress, sets.shard_key(plan, shard), {chunk: latest[chunk].failed for chunk in chunks})
        known |= added.known
        if len(added.members) == size:
            fill_shard(plan, shard, added.failed, progress, jobs, sfn)
    duplicates = len(settlements) - len(latest) + len(known)
    sets.count_repeats(progress, plan, duplicates, sum(s.attempt - 1 for c, s in latest.items() if c not in known))
    if plan.fail_fast and any(s.failed for s in settlements):
        fail_fast(plan, progress, jobs, sfn)


def fill_shard(plan: Plan, shard: int, failed: int, progress: "Table", jobs: "Table", sfn: "SFNClient") -> None:
    """Note that a shard is full, and open the barrier if it was the last."""
    full = sets.add_once(progress, sets.full_shards_key(plan), {shard: failed})
    if len(full.members) == plan.shards:
        release(jobs, sfn, plan, full.failed)


def release(jobs: "Table", sfn: "SFNClient", plan: Plan, failed: int) -> None:
    """Move the job to SETTLED and send its token; whoever finds it settled sends the token again.

    Step Functions takes a token once, so the next step is released once. A token not yet armed is
    sent by `arm`, which finds the job settled.
    """
    counts = {
        "succeeded": plan.base_succeeded + plan.items - failed,
        "failed": plan.base_failed + failed,
        "not_run": plan.base_not_run,
    }
    close(jobs, sfn, plan, {**counts, "outcome": outcome(plan, **counts), "settled_at": now()}, "settled")


def fail_fast(plan: Plan, progress: "Table", jobs: "Table", sfn: "SFNClient") -> None:
    """Close the job early when more items have failed than it tolerates: none, unless it has a tolerance."""
    failed = plan.base_failed + sets.read_sets(progress, plan).failed
    if plan.tolerates(failed):
        return
    reason = f"fail-fast: {failed:,} items have failed, more than the job tolerates"
    close(jobs, sfn, plan, {"outcome": JobState.FAILED, "error": reason, "settled_at": now()}, "failed fast")


def close(jobs: "Table", sfn: "SFNClient", plan: Plan, changes: dict, what: str) -> None:
    changes = {"state": JobState.SETTLED, **changes}
    event = job_record.timeline_event(what, run=plan.run)
    this_run = Attr("run").eq(plan.run)
    _, row = job_record.update(jobs, plan.job_id, changes, only_in=UNSETTLED, where=this_run, event=event)
    if row and row["run"] == plan.run:
        send_token(sfn, row)


def outcome(plan: Plan, succeeded: int, failed: int, not_run: int) -> JobState:
    """How a settled job ends: by its tolerance; without one it is PARTIAL as long as anything succeeded."""
    if not failed and not not_run:
        return JobState.SUCCEEDED
    return JobState.PARTIAL if succeeded and plan.tolerates(failed + not_run) else JobState.FAILED


def arm(jobs: "Table", sfn: "SFNClient", job_id: str, run: int, restart: int, task_token: str) -> None:
    """Store the task token that opens the barrier; send it at once if the job has settled already.

    The token of an older execution, armed late, must not take the place of the living one's.
    """
    order = run * ORDERS_A_RUN + restart
    newest = Attr("token_order").not_exists() | Attr("token_order").lte(order)
    token = {"task_token": task_token, "token_order": order}
    changed, row = job_record.update(jobs, job_id, token, where=Attr("run").eq(run) & newest)
    if changed:
        send_token(sfn, row)


def check(plan: Plan, progress: "Table", jobs: "Table", sfn: "SFNClient") -> None:
    """Finish what a tracker that died has left: full shards that are not noted, a token that was not sent."""
    settled = sets.read_sets(progress, plan)
    name = sets.full_shards_key(plan)
    noted = sets.read_rows(progress, [name]).get(name, {}).get("members", ())
    full = [shard for shard, members in settled.members.items() if len(members) == len(plan.chunks_of_shard(shard))]
    # One is noted again even if all are: that opens the barrier if only the token was not sent.
    for shard in [shard for shard in full if shard not in noted] or full[-1:]:
        fill_shard(plan, shard, int(settled.row(shard)["failed"]), progress, jobs, sfn)


def send_token(sfn: "SFNClient", row: JobRow | None) -> None:
    """Send the token of a settled job; of any other, and of one not armed yet, nothing."""
    if row is None or row["state"] != JobState.SETTLED or "task_token" not in row:
        return
    try:
        sfn.send_task_success(taskToken=row["task_token"], output=json.dumps(released(row)))
    except ClientError as error:
        if error.response["Error"]["Code"] not in TOKEN_GONE:
            raise


def released(row: JobRow) -> dict:
    """What the state machine goes on with: {"status", "items", "succeeded", "failed", "not_run"}."""
    counts = job_record.counts_of(row)
    return {"status": str(row["outcome"]), "items": sum(counts.values()), **counts}
