"""The barrier: opens exactly once, when every chunk of a job has settled.

Settled chunk numbers are number sets, sharded; adding a number twice changes nothing. A full shard
adds its own number to the job's set of full shards; when that is full the job moves
RUNNING → SETTLED and its one task token is sent. Each step looks at what is stored, not at who was
first, so every step may be repeated after a crash at any point and ends the same.
"""

import json
import time
from collections.abc import Iterable
from itertools import groupby

from boto3.dynamodb.conditions import Attr, ConditionBase
from botocore.exceptions import ClientError

from rollcall import jobs as job_record
from rollcall.events import ChunkSettled
from rollcall.jobs import JobState, Plan

PROGRESS_RETENTION_SECONDS = 30 * 24 * 3600
TOKEN_GONE = {"TaskTimedOut", "TaskDoesNotExist"}


def shard_key(plan: Plan, shard: int) -> str:
    return f"{plan.job_id}/{plan.run}/{shard:06d}"


def full_shards_key(plan: Plan) -> str:
    return f"{plan.job_id}/{plan.run}"


def settle(plan: Plan, settlements: Iterable[ChunkSettled], progress, jobs, sfn) -> None:
    """Take in settlements of one job, in any order and with any repetition; open the barrier if all are in.

    `progress` and `jobs` are DynamoDB tables, `sfn` a Step Functions client.
    """
    failed = {s.chunk: s.failed for s in settlements}
    for (shard, size), chunks in groupby(sorted(failed), plan.shard_of):
        row = add_once(progress, shard_key(plan, shard), {chunk: failed[chunk] for chunk in chunks})
        if len(row["members"]) < size:
            continue
        full = add_once(progress, full_shards_key(plan), {shard: int(row["failed"])})
        if len(full["members"]) == plan.shards:
            release(jobs, sfn, plan, failed=int(full["failed"]))


def add_once(progress, name: str, failed_by_member: dict[int, int]) -> dict:
    """Add numbers to a set and their failure counts to its total, each number at most once.

    Returns the row after that: `members`, the set, and `failed`, the total.
    A number without failures needs no condition (adding it twice changes nothing); one with
    failures is counted only while it is not yet in the set.
    """
    while True:
        try:
            return progress.update_item(
                Key={"shard": name},
                UpdateExpression="ADD members :members, failed :failed SET expires_at = :expires",
                ExpressionAttributeValues={
                    ":members": set(failed_by_member),
                    ":failed": sum(failed_by_member.values()),
                    ":expires": int(time.time()) + PROGRESS_RETENTION_SECONDS,
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **none_counted_yet([member for member, failed in failed_by_member.items() if failed]),
            )["Attributes"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            row = error.response["Item"]
        counted = {int(member) for member in row["members"]["NS"]}
        failed_by_member = {m: 0 if m in counted else failed for m, failed in failed_by_member.items()}


def none_counted_yet(members: list[int]) -> dict:
    condition: ConditionBase | None = None
    for member in members:
        new = ~Attr("members").contains(member)
        condition = new if condition is None else condition & new
    return {"ConditionExpression": condition} if condition else {}


def release(jobs, sfn, plan: Plan, failed: int) -> None:
    """Move the job to SETTLED and send its token; whoever finds it settled sends the token again.

    Step Functions takes a token once, so the next step is released once. A token not yet armed is
    sent by `arm`, which finds the job settled.
    """
    changes = {"state": JobState.SETTLED, "settled_at": now(), "failed": failed, "succeeded": plan.items - failed}
    _, row = job_record.update(jobs, plan.job_id, changes, only_in=(JobState.RUNNING,))
    if row and row["state"] == JobState.SETTLED and "task_token" in row:
        send_token(sfn, row)


def arm(jobs, sfn, job_id: str, task_token: str) -> None:
    """Store the task token that opens the barrier; send it at once if the job has settled already."""
    _, row = job_record.update(jobs, job_id, {"task_token": task_token})
    if row["state"] == JobState.SETTLED:
        send_token(sfn, row)


def send_token(sfn, row: dict) -> None:
    try:
        sfn.send_task_success(taskToken=row["task_token"], output=json.dumps(outcome(row)))
    except ClientError as error:
        if error.response["Error"]["Code"] not in TOKEN_GONE:
            raise


def outcome(row: dict) -> dict:
    """How a settled job ends: SUCCEEDED, PARTIAL, or FAILED when no item succeeded."""
    failed, succeeded = int(row["failed"]), int(row["succeeded"])
    partly = JobState.PARTIAL if succeeded else JobState.FAILED
    status = partly if failed else JobState.SUCCEEDED
    return {"status": status, "items": failed + succeeded, "succeeded": succeeded, "failed": failed}


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
