"""The job record: one row a job in the jobs table, its states, and the plan of its chunks."""

import json
import time
from bisect import bisect_right
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from rollcall.errors import JobNotFound

SHARD_SIZE = 500
RETENTION_SECONDS = 90 * 24 * 3600


class JobState(StrEnum):
    """PARTITIONING → RUNNING → SETTLED → SUCCEEDED | PARTIAL | FAILED, or PARTITIONING → REFUSED."""

    PARTITIONING = "PARTITIONING"
    RUNNING = "RUNNING"
    SETTLED = "SETTLED"
    SUCCEEDED = "SUCCEEDED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    REFUSED = "REFUSED"

    @property
    def ended(self) -> bool:
        return self in (JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED, JobState.REFUSED)


@dataclass(frozen=True)
class Part:
    """One data type's share of a job: its chunks first_chunk … first_chunk + chunks - 1, in shards of their own."""

    data_type: str
    target: str
    queue_url: str
    max_concurrency: int
    manifest: str
    items: int
    chunks: int
    first_chunk: int
    first_shard: int

    @property
    def shard_sizes(self) -> list[int]:
        """How many chunks each shard of this part has."""
        full, rest = divmod(self.chunks, SHARD_SIZE)
        return [SHARD_SIZE] * full + ([rest] if rest else [])


@dataclass(frozen=True)
class Plan:
    """How a job was partitioned; fixed from then on."""

    job_id: str
    run: int
    input: str
    parts: list[Part] = field(default_factory=list)

    @property
    def items(self) -> int:
        return sum(part.items for part in self.parts)

    @property
    def chunks(self) -> int:
        return sum(part.chunks for part in self.parts)

    @property
    def shards(self) -> int:
        return sum(len(part.shard_sizes) for part in self.parts)

    def part_of(self, chunk: int) -> Part:
        """The part that holds a chunk; raises ValueError for a number the job does not have."""
        if not 0 <= chunk < self.chunks:
            raise ValueError(f"job {self.job_id!r} has no chunk {chunk}; its chunks are 0 to {self.chunks - 1}")
        return self.parts[bisect_right([part.first_chunk for part in self.parts], chunk) - 1]

    def shard_of(self, chunk: int) -> tuple[int, int]:
        """(number of the shard that keeps a chunk, how many chunks that shard has)."""
        part = self.part_of(chunk)
        within = (chunk - part.first_chunk) // SHARD_SIZE
        return part.first_shard + within, part.shard_sizes[within]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        fields = json.loads(text)
        return cls(**{**fields, "parts": [Part(**part) for part in fields["parts"]]})


def expires_at() -> int:
    """When a row written now may be deleted, in epoch seconds."""
    return int(time.time()) + RETENTION_SECONDS


def key(job_id: str) -> dict:
    return {"job_id": job_id, "record": "job"}


def read(jobs, job_id: str) -> dict:
    """The job's row; raises JobNotFound."""
    row = jobs.get_item(Key=key(job_id), ConsistentRead=True).get("Item")
    if row is None:
        raise JobNotFound(f"there is no job {job_id!r}")
    return row


def plan_of(row: dict) -> Plan:
    return Plan.from_json(row["plan"])


def update(jobs, job_id: str, changes: dict, only_in: tuple[JobState, ...] = ()) -> tuple[bool, dict | None]:
    """Set attributes of a job's row, optionally only while it is in one of the given states.

    Returns (changed, row): the row as it is now; None when there is no such job and `only_in` was given.
    """
    names = {f"#{i}": name for i, name in enumerate(changes)}
    values = {f":{i}": value for i, value in enumerate(changes.values())}
    conditions = {"ConditionExpression": Attr("state").is_in(list(only_in))} if only_in else {}
    try:
        answer = jobs.update_item(
            Key=key(job_id),
            UpdateExpression="SET " + ", ".join(f"{n} = {v}" for n, v in zip(names, values, strict=True)),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            **conditions,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False, jobs.get_item(Key=key(job_id), ConsistentRead=True).get("Item")
    return True, answer["Attributes"]
