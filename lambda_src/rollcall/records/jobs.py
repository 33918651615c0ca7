"""The job record: one row a job in the jobs table, its states and its timeline, and the plan of each run."""

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from rollcall.errors import JobNotFound
from rollcall.paging import query_all
from rollcall.records.plans import Plan
from rollcall.records.rows import JobRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

RETENTION_SECONDS = 90 * 24 * 3600
JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,72}")
OPEN = {"open": "open"}
# A row holds 400 KB. What the platform itself does time and again is told so often; what people do is always told.
MOST_TIMELINE_EVENTS = 200


class JobState(StrEnum):
    """PARTITIONING → RUNNING ⇄ PAUSED → SETTLED → SUCCEEDED | PARTIAL | FAILED; or REFUSED, or CANCELLED."""

    PARTITIONING = "PARTITIONING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    SETTLED = "SETTLED"
    SUCCEEDED = "SUCCEEDED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        return self in ENDED


ENDED = (JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED, JobState.REFUSED, JobState.CANCELLED)
UNENDED = (JobState.PARTITIONING, JobState.RUNNING, JobState.PAUSED, JobState.SETTLED)
UNSETTLED = (JobState.RUNNING, JobState.PAUSED)


def execution_name(job_id: str, run: int, restart: int = 0) -> str:
    """The name of the execution that carries a run: JOB, JOB.RUN, or JOB.RUN.RESTART; a job id holds no dot."""
    if restart:
        return f"{job_id}.{run}.{restart}"
    return job_id if run == 1 else f"{job_id}.{run}"


def job_of(execution: str) -> tuple[str, int, int]:
    """(job id, run, restart) of an execution's name."""
    job_id, _, rest = execution.partition(".")
    run, _, restart = rest.partition(".")
    return job_id, int(run or 1), int(restart or 0)


def now() -> str:
    """The time as ISO 8601 in UTC, with milliseconds."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """A moment as records have it: ISO 8601 in UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def expires_at() -> int:
    """When a row written now may be deleted, in epoch seconds."""
    return int(time.time()) + RETENTION_SECONDS


def key(job_id: str) -> dict:
    return {"job_id": job_id, "record": "job"}


def run_key(job_id: str, run: int) -> dict:
    return {"job_id": job_id, "record": f"run#{run:04d}"}


def read(jobs: "Table", job_id: str) -> JobRow:
    """The job's row; raises JobNotFound."""
    row = find(jobs, job_id)
    if row is None:
        raise JobNotFound(f"there is no job {job_id!r}")
    return row


def find(jobs: "Table", job_id: str) -> JobRow | None:
    row = jobs.get_item(Key=key(job_id), ConsistentRead=True).get("Item")
    return None if row is None else of_item(row)


def counts_of(row: JobRow) -> dict[str, int]:
    """How many items of a job {"succeeded", "failed", "not_run"}; 0 where that is not known yet."""
    return {"succeeded": row.get("succeeded", 0), "failed": row.get("failed", 0), "not_run": row.get("not_run", 0)}


def of_item(item: Mapping[str, Any]) -> JobRow:
    """A job's row of the jobs table, as DynamoDB gives it out."""
    row: Any = {name: int(value) if isinstance(value, Decimal) else value for name, value in item.items()}
    return row


def read_plan(jobs: "Table", job_id: str, run: int) -> Plan:
    """The plan of a run; raises JobNotFound when that run was never partitioned."""
    row = jobs.get_item(Key=run_key(job_id, run), ConsistentRead=True).get("Item")
    if row is None:
        raise JobNotFound(f"job {job_id!r} has no run {run}")
    return Plan.from_json(str(row["plan"]))


def write_plan(jobs: "Table", plan: Plan) -> None:
    jobs.put_item(Item={**run_key(plan.job_id, plan.run), "plan": plan.to_json(), "expires_at": expires_at()})


def open_jobs(jobs: "Table") -> Iterator[str]:
    """The ids of the jobs that have not ended, oldest first."""
    rows = query_all(jobs, IndexName="open", KeyConditionExpression=Key("open").eq("open"))
    return (row["job_id"] for row in rows)


def new_row(job_id: str, state: JobState, event: dict, **more: Any) -> dict:
    """The row of a job that has none yet, with its first timeline event."""
    return {
        **key(job_id),
        **OPEN,
        "state": state,
        "run": 1,
        "dispatch": 0,
        "restarts": 0,
        "sweeps": 0,
        "created_at": now(),
        "expires_at": expires_at(),
        "timeline": [event],
        **more,
    }


def submitted(job_id: str, request: dict, accepted: datetime) -> dict:
    """The row of a job that was asked for by a request, and accepted at a moment; no more is known of it yet."""
    at, by = written(accepted), request.get("submitted_by", "")
    known = {"created_at": at, "job_type": request.get("job_type", ""), "submitted_by": by}
    if seconds := request.get("deadline_seconds"):
        known["deadline_at"] = written(accepted + timedelta(seconds=seconds))
    return new_row(job_id, JobState.PARTITIONING, timeline_event("submitted", at=at, by=by), **known)


def opened(jobs: "Table", job_id: str, request: dict, accepted: datetime) -> JobRow:
    """The row of a job whose request was accepted at a moment, made if it has none.

    Whoever comes first makes it: the submitter, or whoever finds the job's execution without a row.
    """
    if row := find(jobs, job_id):
        return row
    changes = {name: value for name, value in submitted(job_id, request, accepted).items() if name not in key(job_id)}
    _, row = update(jobs, job_id, changes, where=Attr("state").not_exists())
    return row or read(jobs, job_id)


def timeline_event(what: str, **more: Any) -> dict:
    """An entry of a job's timeline: {"at", "what"} and what else is known, such as `by`."""
    return {"at": now(), "what": what, **more}


def unless_full(row: JobRow, event: dict) -> dict | None:
    """An entry for the timeline of a row, None when that is as long as the platform alone may make it."""
    return event if len(row.get("timeline", ())) < MOST_TIMELINE_EVENTS else None


def update(
    jobs: "Table",
    job_id: str,
    changes: dict,
    only_in: tuple[JobState, ...] = (),
    where: ConditionBase | None = None,
    event: dict | None = None,
    add: dict[str, int] | None = None,
    remove: tuple[str, ...] = (),
) -> tuple[bool, JobRow | None]:
    """Change a job's row in one write, optionally only in one of the given states and where a condition holds.

    `changes` are set, `add` is added to numbers, `remove` is removed, `event` (a timeline event) joins the timeline.
    Returns (changed, row): the row as it is now; None when there is no such job and a condition was given.
    """
    condition: ConditionBase | None = Attr("state").is_in(list(only_in)) if only_in else None
    if where is not None:
        condition = where if condition is None else condition & where
    request = expression(changes, event, add or {}, remove) | ({"ConditionExpression": condition} if condition else {})
    try:
        answer = jobs.update_item(Key=key(job_id), ReturnValues="ALL_NEW", **request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False, find(jobs, job_id)
    return True, of_item(answer["Attributes"])


def expression(changes: dict, event: dict | None, add: dict[str, int], remove: tuple[str, ...]) -> dict:
    """The update expression with its names and values; boto3 calls those of the condition #n0 … and :v0 …"""
    names = {name: f"#c{i}" for i, name in enumerate([*changes, *add, *remove, *(["timeline"] if event else [])])}
    values = {f":c{i}": value for i, value in enumerate([*changes.values(), *add.values()])}
    sets = [f"{names[name]} = :c{i}" for i, name in enumerate(changes)]
    if event:
        sets.append(f"{names['timeline']} = list_append(if_not_exists({names['timeline']}, :none), :event)")
        values |= {":none": [], ":event": [event]}
    clauses = {
        "SET": sets,
        "ADD": [f"{names[name]} :c{i}" for i, name in enumerate(add, len(changes))],
        "REMOVE": [names[name] for name in remove],
    }
    return {
        "UpdateExpression": " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses.items() if parts),
        "ExpressionAttributeNames": {short: name for name, short in names.items()},
        **({"ExpressionAttributeValues": values} if values else {}),
    }
