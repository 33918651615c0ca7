"""What a job's records say: its state, how far each data type is, how it was released."""

import json
from dataclasses import dataclass

from rollcall import barrier
from rollcall import jobs as job_record
from rollcall.errors import JobNotFound
from rollcall.jobs import JobState, Part, Plan
from rollcall_cli.environment import CommandError, Environment
from rollcall_cli.submission import execution, execution_arn

KEYS_AT_ONCE = 100


@dataclass(frozen=True)
class PartProgress:
    """How far one data type of a job is; `settled` counts items, by whole chunks."""

    part: Part
    settled_chunks: int

    @property
    def settled(self) -> int:
        if self.settled_chunks == self.part.chunks:
            return self.part.items
        return min(self.settled_chunks * self.part.items // self.part.chunks, self.part.items)


def job_row(env: Environment, job_id: str) -> dict:
    """The job's row; raises CommandError when there is no such job.

    Before it has a row, a job is PARTITIONING. A job whose execution was ended from outside (stopped,
    timed out) is FAILED, although nobody was left to write that down.
    """
    row = recorded(env, job_id)
    if JobState(row["state"]).ended:
        return row
    run = execution(env, job_id)
    if run is None:
        raise CommandError(f"there is no job {job_id!r} in environment {env.name!r}; submit prints the id of each job")
    if run["status"] in ("FAILED", "TIMED_OUT", "ABORTED"):
        row = recorded(env, job_id)  # it may have been written since
        if not JobState(row["state"]).ended:
            reason = f"its execution ended {run['status']}: {run.get('error', '')} {run.get('cause', '')}".strip()
            row |= {"state": JobState.FAILED, "error": reason}
    return row


def recorded(env: Environment, job_id: str) -> dict:
    try:
        return job_record.read(env.jobs, job_id)
    except JobNotFound:
        return {"job_id": job_id, "state": JobState.PARTITIONING}


def progress_of(env: Environment, row: dict) -> list[PartProgress]:
    """How far each data type is; empty while the job is being partitioned."""
    if "plan" not in row:
        return []
    plan = job_record.plan_of(row)
    if "settled_at" in row:
        return [PartProgress(part, part.chunks) for part in plan.parts]
    full, partly = settled_sets(env, plan)
    return [PartProgress(part, settled_chunks(plan, part, full, partly)) for part in plan.parts]


def settled_sets(env: Environment, plan: Plan) -> tuple[set[int], dict[str, set[int]]]:
    """(numbers of the full shards, settled chunk numbers of every other shard by its key)."""
    full = members(env, [barrier.full_shards_key(plan)]).get(barrier.full_shards_key(plan), set())
    return full, members(env, [barrier.shard_key(plan, shard) for shard in range(plan.shards) if shard not in full])


def settled_chunks(plan: Plan, part: Part, full: set[int], partly: dict[str, set[int]]) -> int:
    sizes = enumerate(part.shard_sizes, part.first_shard)
    return sum(size if shard in full else len(partly.get(barrier.shard_key(plan, shard), ())) for shard, size in sizes)


def members(env: Environment, keys: list[str]) -> dict[str, set[int]]:
    """The number sets of some shards."""
    found: dict[str, set[int]] = {}
    client = env.client("dynamodb")
    table = env.deployment.progress_table
    for start in range(0, len(keys), KEYS_AT_ONCE):
        wanted = {table: {"Keys": [{"shard": {"S": key}} for key in keys[start : start + KEYS_AT_ONCE]]}}
        while wanted:
            answer = client.batch_get_item(RequestItems=wanted)
            for row in answer["Responses"][table]:
                found[row["shard"]["S"]] = {int(number) for number in row["members"]["NS"]}
            wanted = answer.get("UnprocessedKeys")
    return found


def report(env: Environment, row: dict) -> dict:
    """A job as JSON: its state, counts, times, how far each data type is, and its summary."""
    parts = progress_of(env, row)
    names = ("job_id", "state", "job_type", "submitted_by", "error", "problems")
    times = ("created_at", "partitioned_at", "dispatched_at", "settled_at", "finished_at")
    return {
        **{name: row[name] for name in (*names, *times) if row.get(name)},
        "items": sum(p.part.items for p in parts),
        "settled": sum(p.settled for p in parts),
        **{name: int(row[name]) for name in ("succeeded", "failed") if name in row},
        "data_types": [
            {
                "data_type": p.part.data_type,
                "target": p.part.target,
                "items": p.part.items,
                "settled": p.settled,
                "chunks": p.part.chunks,
                "settled_chunks": p.settled_chunks,
            }
            for p in parts
        ],
        **({"summary": json.loads(row["summary"])} if "summary" in row else {}),
    }


def history(env: Environment, job_id: str) -> list[dict]:
    """Every event of the job's execution."""
    pages = env.client("stepfunctions").get_paginator("get_execution_history")
    return [event for page in pages.paginate(executionArn=execution_arn(env, job_id)) for event in page["events"]]


def releases(events: list[dict]) -> int:
    """How often the next step was started, counted in the execution's own history."""
    state, starts = None, 0
    for event in events:
        if "stateEnteredEventDetails" in event:
            state = event["stateEnteredEventDetails"]["name"]
        starts += event["type"] == "TaskScheduled" and state == "NextStep"
    return starts
