"""What became of one item of a job, run by run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rollcall.intake.manifests import encode, read_index, read_range
from rollcall.records import jobs as job_record
from rollcall.records import results
from rollcall.records.jobs import JobState
from rollcall.records.plans import Part, Plan
from rollcall.records.rows import JobRow
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError


@dataclass(frozen=True)
class ItemRun:
    """An item in one run of its job: where it was, and its result line with the moment its chunk's result was written.

    `item` is as it was submitted, `position` its number in its chunk, from 0; `line` is None while it has no result.
    """

    run: int
    data_type: str
    route: str
    target: str
    chunk: int
    position: int
    item: dict
    line: dict | None = None
    written_at: str = ""


def runs_of(env: Environment, row: JobRow, item_id: str) -> list[ItemRun]:
    """The item in each run it was in; raises CommandError when the job has no such item.

    Reads the manifests of the job until it has found the item: about 150 MB for a million items.
    """
    found = list(each_run(env, row, item_id))
    if not found:
        cure = "ids are told as they are, with capitals and zeros; see rollcall results JOB"
        raise CommandError(f"job {row['job_id']!r} has no item {item_id!r}; {cure}")
    return found


def each_run(env: Environment, row: JobRow, item_id: str) -> Iterator[ItemRun]:
    last = row["run"] if "partitioned_at" in row else row["run"] - 1
    for run in range(1, last + 1):
        plan = job_record.read_plan(env.jobs, row["job_id"], run)
        places = (place for part in plan.parts if (place := place_in(env, plan, part, item_id)))
        if place := next(places, None):
            yield place


def place_in(env: Environment, plan: Plan, part: Part, item_id: str) -> ItemRun | None:
    """Where an item is in a part of a run, and its result; None when it is not in there."""
    s3, bucket = env.client("s3"), env.deployment.bucket
    index = read_index(plan.job_id, plan.run, bucket, s3, part.first_chunk, part.chunks)
    lines = read_range(part.manifest, bucket, s3, 0, 1 << 50).iter_lines()
    wanted = encode(item_id).encode()
    for chunk, (_, _, items) in enumerate(index, part.first_chunk):
        for position in range(items):
            text = next(lines)
            if wanted in text and (item := json.loads(text))["id"] == item_id:
                line, at = result_of(env, plan, chunk, item_id)
                return ItemRun(plan.run, part.data_type, part.route, part.target, chunk, position, item, line, at)
    return None


def result_of(env: Environment, plan: Plan, chunk: int, item_id: str) -> tuple[dict | None, str]:
    """(its result line, when that was written); (None, "") when its chunk has none."""
    key = results.result_key(plan.job_id, plan.run, chunk)
    try:
        answer = env.client("s3").get_object(Bucket=env.deployment.bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in results.ABSENT:
            raise
        return None, ""
    lines = map(json.loads, answer["Body"].read().splitlines())
    return next(line for line in lines if line["id"] == item_id), job_record.written(answer["LastModified"])


def report(row: JobRow, runs: list[ItemRun]) -> dict[str, Any]:
    """An item as JSON: {"id", "item", "state", "runs"}, and its result or error if it has one.

    Its state is "succeeded", "failed", "waiting" while its job goes on, or "not run".
    """
    newest = next((each for each in reversed(runs) if each.line), None)
    line = newest.line if newest and newest.line else {}
    open_run = runs[-1].line is None and not JobState(row["state"]).ended
    state = "waiting" if open_run else "not run" if not line else "succeeded" if line["ok"] else "failed"
    return {
        "id": runs[0].item["id"],
        "item": runs[0].item,
        "state": state,
        **{name: line[name] for name in ("result", "error") if name in line},
        "runs": [run_report(each) for each in runs],
    }


def run_report(each: ItemRun) -> dict[str, Any]:
    names = ("run", "data_type", "route", "target", "chunk", "position")
    told: dict[str, Any] = {name: getattr(each, name) for name in names}
    if each.line is None:
        return told | {"state": "no result"}
    told |= {"state": "succeeded" if each.line["ok"] else "failed", "written_at": each.written_at}
    return told | ({} if each.line["ok"] else {"error": each.line["error"]})
