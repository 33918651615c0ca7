"""Whether a job's chunks may still be handed out: what every worker asks before it runs one."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rollcall.events import ChunkRequested
from rollcall.records.jobs import JobState, key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

# What stops a job is to stop its items within two seconds; the rest of them an item may take to begin.
FRESH_SECONDS = 1.5
# DynamoDB serves 3,000 consistent reads a second of one partition key; a third is left to others who read a job.
READS_A_SECOND = 2000


def fresh_seconds(workers: int) -> float:
    """How old a row may be by which each of so many workers goes, since it was asked for."""
    return max(FRESH_SECONDS, workers / READS_A_SECOND)


@dataclass
class JobGate:
    """Looks at the rows of jobs, each at most once in `fresh_seconds`; `clock` gives seconds."""

    jobs: "Table"
    clock: Callable[[], float] = time.monotonic
    fresh_seconds: float = FRESH_SECONDS
    rows: dict[str, tuple[float, dict]] = field(default_factory=dict)

    def hands_out(self, request: ChunkRequested) -> bool:
        """Whether a chunk may be run: its job is RUNNING, in this run, and no newer dispatch made it void."""
        row = self.row(request.job_id)
        if request.dispatch > row["dispatch"]:
            row = self.read(request.job_id)
        return (row["state"], row["run"], row["dispatch"]) == (JobState.RUNNING, request.run, request.dispatch)

    def goes_on(self, request: ChunkRequested) -> bool:
        """Whether the next item of a chunk that has begun may begin; a newer dispatch does not stop it."""
        row = self.row(request.job_id)
        return (row["state"], row["run"]) == (JobState.RUNNING, request.run)

    def row(self, job_id: str) -> dict:
        asked_at, row = self.rows.get(job_id, (None, {}))
        return row if asked_at is not None and self.clock() - asked_at < self.fresh_seconds else self.read(job_id)

    def read(self, job_id: str) -> dict:
        asked_at = self.clock()  # a slow answer tells how the job stood then, or later
        found: dict[str, Any] = self.jobs.get_item(
            Key=key(job_id),
            ProjectionExpression="#state, run, dispatch",
            ExpressionAttributeNames={"#state": "state"},
            ConsistentRead=True,
        ).get("Item", {})
        row = {
            "state": found.get("state", ""),
            "run": int(found.get("run", 0)),
            "dispatch": int(found.get("dispatch", 0)),
        }
        self.rows[job_id] = (asked_at, row)
        return row
