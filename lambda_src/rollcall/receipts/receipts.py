"""The receipt of a run: what was expected, what settled and how, written once when the run has ended."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from rollcall import __version__
from rollcall.barrier.settled_sets import SettledSets
from rollcall.intake.manifests import job_prefix
from rollcall.ranges import stretches
from rollcall.records import results
from rollcall.records.plans import Plan
from rollcall.records.rows import JobRow

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


def receipts_prefix(job_id: str) -> str:
    return f"{job_prefix(job_id)}receipts/"


def receipt_key(job_id: str, run: int) -> str:
    return f"{receipts_prefix(job_id)}{run}.json"


def build(row: JobRow, counts: dict[str, int], plan: Plan, sets: SettledSets, earlier: list[dict]) -> dict:
    """The receipt of the run in `plan`; `earlier` are the entries of the runs before it.

    `row` is the job's row with its final state; `counts` are its items "succeeded", "failed", "not_run". Items
    are counted over the whole job, chunks over this run. Times are ISO 8601 in UTC, "" for what never happened;
    makespan_s is in seconds.
    """
    this = run_entry(plan, sets, row.get("partitioned_at", ""), row["finished_at"])
    started = row["created_at"] if plan.run == 1 else row["partitioned_at"]
    times = ("created_at", "partitioned_at", "dispatched_at", "settled_at", "finished_at")
    return {
        "job_id": plan.job_id,
        "run": plan.run,
        "status": str(row["state"]),
        "engine": plan.engine,
        "code_version": __version__,
        "code": {part.data_type: part.code for part in plan.parts},
        "submitted_by": row.get("submitted_by", ""),
        "expected": {"items": plan.total, "chunks": plan.chunks},
        "settled": this["settled"],
        **counts,
        "duplicates": sets.duplicates,
        "attempts": this["settled"] + sets.repeats,
        "runs": [*earlier, this],
        "timings": {
            **{name: row.get(name, "") for name in times},
            "first_settlement": sets.first,
            "last_settlement": sets.last,
            "makespan_s": seconds_between(started, row["finished_at"]),
        },
        "missing": this["missing"],
        "tolerance": plan.tolerance,
        "lock": row.get("lock", ""),
    }


def run_entry(plan: Plan, sets: SettledSets, started: str, ended: str) -> dict:
    """How one run settled; `missing` lists the first and last chunk of each stretch that did not."""
    missing = [chunk for part in plan.parts for chunk in sets.missing(part)]
    return {
        "run": plan.run,
        "items": plan.items,
        "chunks": plan.chunks,
        "settled": sets.chunks,
        "failed": sets.failed,
        "digest": sets.digest,
        "missing": stretches(missing),
        "started": started,
        "ended": ended,
    }


def settled_chunks(entry: dict) -> list[int]:
    """The numbers of the chunks that settled in a run, by its entry."""
    missing = {chunk for first, last in entry["missing"] for chunk in range(first, last + 1)}
    return [chunk for chunk in range(entry["chunks"]) if chunk not in missing]


def seconds_between(start: str, end: str) -> float:
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)


def write_once(s3: "S3Client", bucket: str, receipt: dict) -> dict:
    """Write a receipt unless the run has one; the one that stands."""
    key = receipt_key(receipt["job_id"], receipt["run"])
    body = json.dumps(receipt, indent=2).encode()
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*", ContentType="application/json")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        return read_run(s3, bucket, receipt["job_id"], receipt["run"]) or receipt
    return receipt


def read_run(s3: "S3Client", bucket: str, job_id: str, run: int) -> dict | None:
    """The receipt of a run; None when it has none."""
    try:
        return json.load(s3.get_object(Bucket=bucket, Key=receipt_key(job_id, run))["Body"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in results.ABSENT:
            raise
        return None


def read(s3: "S3Client", bucket: str, job_id: str) -> dict | None:
    """The receipt of a job's newest run that has one; None when no run has. Lists the bucket."""
    prefix = receipts_prefix(job_id)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    names = [entry["Key"].removeprefix(prefix) for page in pages for entry in page.get("Contents", [])]
    runs = [int(name.removesuffix(".json")) for name in names]
    return read_run(s3, bucket, job_id, max(runs)) if runs else None
