"""The rows of the tables as they are read; Amazon DynamoDB's numbers come as Decimal."""

from decimal import Decimal
from typing import NotRequired, TypedDict

Number = int | Decimal


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
