"""What a job's records say: its state, its counts, and how far each data type is."""

import json
from dataclasses import dataclass
from typing import Any

from rollcall.barrier.settled_sets import SettledSets, read_sets
from rollcall.errors import JobNotFound
from rollcall.intake.manifests import read_index
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall.records.plans import Part, Plan
from rollcall.records.rows import JobRow
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.executions import execution

WHOLE = (JobState.SUCCEEDED, JobState.PARTIAL)


@dataclass(frozen=True)
class PartProgress:
    """How far one data type of a run is; `settled` and `failed` count items."""

    part: Part
    settled_chunks: int
    settled: int
    failed: int


def job_row(env: Environment, job_id: str) -> JobRow:
    """The job's row; raises CommandError when there is no such job.

    Before it has a row, a job is as its execution tells: PARTITIONING, or FAILED if that has ended.
    """
    try:
        return job_record.read(env.jobs, job_id)
    except JobNotFound:
        run = execution(env, job_id)
    if run is None:
        raise CommandError(f"there is no job {job_id!r} in environment {env.name!r}; submit prints the id of each job")
    row = job_record.of_item(job_record.submitted(job_id, json.loads(run["input"]), run["startDate"]))
    if run["status"] in ("FAILED", "TIMED_OUT", "ABORTED"):
        reason = f"its execution ended {run['status']}: {run.get('error', '')} {run.get('cause', '')}".strip()
        row |= {"state": JobState.FAILED, "error": reason}
        del row["open"]
    return row


def is_at_rest(row: JobRow) -> bool:
    """Whether a job has ended and all that follows from it is done: its counts, its receipt, its lock."""
    return JobState(row["state"]).ended and "open" not in row


def plan_of(env: Environment, row: JobRow) -> Plan | None:
    """The plan of the job's present run; None before it was partitioned."""
    return job_record.read_plan(env.jobs, row["job_id"], row["run"]) if "partitioned_at" in row else None


def progress_of(env: Environment, row: JobRow, part: Part, sets: SettledSets) -> PartProgress:
    """How far a data type is.

    While a job is at work its items are told by whole chunks, which costs nothing; afterwards exactly.
    """
    state = JobState(row["state"])
    chunks = part.chunks if state in WHOLE else sets.settled(part)  # the sets are kept for a shorter time than the row
    if state.ended and chunks < part.chunks:
        items = part.items - items_in(env, sets.plan, sets.missing(part))
    else:
        items = chunks * part.items // part.chunks
    return PartProgress(part, chunks, items, sum(int(sets.row(shard).get("failed", 0)) for shard in part.shards))


def items_in(env: Environment, plan: Plan, chunks: list[int]) -> int:
    """How many items some chunks have, ascending, by the chunk index."""
    wanted, first = set(chunks), chunks[0]
    index = read_index(plan.job_id, plan.run, env.deployment.bucket, env.client("s3"), first, chunks[-1] - first + 1)
    return sum(items for chunk, (_, _, items) in enumerate(index, first) if chunk in wanted)


def report(env: Environment, row: JobRow) -> dict:
    """A job as JSON: its state, counts, times, what was guessed of its input, how far each data type of its present run
    is, and its summary.
    """
    plan = plan_of(env, row)
    sets = read_sets(env.progress, plan) if plan else None
    parts = [progress_of(env, row, part, sets) for part in plan.parts] if plan and sets else []
    names = ("job_id", "state", "job_type", "submitted_by", "lock", "error", "problems")
    written: dict[str, Any] = {**row}
    times = ("created_at", "deadline_at", "partitioned_at", "dispatched_at", "settled_at", "finished_at")
    return {
        **{name: written[name] for name in (*names, *times) if written.get(name)},
        "run": row["run"],
        "notices": [moment["told"] for moment in row.get("timeline", []) if "told" in moment],
        "items": plan.total if plan else 0,
        "settled": sum(p.settled for p in parts) + (plan.base_succeeded + plan.base_failed if plan else 0),
        **{name: count for name, count in job_record.counts_of(row).items() if name in row},
        "data_types": [
            {
                "data_type": p.part.data_type,
                "target": p.part.target,
                "items": p.part.items,
                "settled": p.settled,
                "failed": p.failed,
                "chunks": p.part.chunks,
                "settled_chunks": p.settled_chunks,
            }
            for p in parts
        ],
        **({"summary": json.loads(row["summary"])} if "summary" in row else {}),
    }
