"""The rows of the tables as they are read; Amazon DynamoDB's numbers come as Decimal, but in a job's row."""

from decimal import Decimal
from typing import NotRequired, Required, TypedDict

Number = int | Decimal


class JobRow(TypedDict, total=False):
    """The record of a job, as `rollcall.records.jobs` reads it: its numbers are int.

    Times are ISO 8601 in UTC; `open` is there until all that follows from the job's end is done. `timeline` lists
    {"at", "what", …}.
    """

    job_id: Required[str]
    state: Required[str]
    run: Required[int]
    dispatch: int
    restarts: int
    sweeps: int
    open: str
    engine: str
    job_type: str
    submitted_by: str
    lock: str
    task_token: str
    token_order: int
    to_count: int
    created_at: str
    deadline_at: str
    partitioned_at: str
    dispatched_at: str
    swept_at: str
    settled_at: str
    finished_at: str
    outcome: str
    succeeded: int
    failed: int
    not_run: int
    error: str
    problems: list[str]
    summary: str
    given_up: list[str]
    timeline: list[dict]
    expires_at: int


class SlotRow(TypedDict):
    """A slot in the workers table: starting, until its worker is `working` and says what it has in hand."""

    route: str
    slot: Number
    worker: str
    phase: str
    attempt: Number
    expires_at: Number
    target: NotRequired[str]
    task: NotRequired[str]
    since: NotRequired[str]
    jobs: NotRequired[list[str]]
    handles: NotRequired[list[str]]


class LockRow(TypedDict):
    """A lock in the jobs table that a job holds; `lease_until` in epoch seconds."""

    job_id: str
    record: str
    holder: str
    since: str
    lease_until: Number


class ProgressRow(TypedDict, total=False):
    """A row of the progress table, empty where nothing has settled.

    A number set is the settled chunks of a shard, or the full shards of a run, with how many items failed; one more
    row a run counts the chunks that settled again (`duplicates`) or were handed out again (`repeats`).
    """

    shard: str
    members: set[Decimal]
    failed: Number
    first_at: str
    last_at: str
    duplicates: Number
    repeats: Number
    expires_at: Number
