"""What has become of every item of a job: judged from its results, its receipt and what was done to it."""

import json
from collections import Counter
from dataclasses import dataclass, field

from chaos.clouds import ChaosCloud
from chaos.workloads import Workload
from embedded_cloud.clouds import CommandFailed
from rollcall.records.rows import JobRow
from rollcall_client.environment import Environment
from rollcall_client.job_status import is_at_rest, job_row

MUST_BE_ZERO = ("lost", "counted_twice", "released_early", "released_twice", "undetected")
NAMED_ERRORS = {"die": "WorkerLost", "hang": "ItemTimedOut", "eat": "WorkerLost", "fail": "ValueError"}
SURE = 10  # so many faults of a kind cannot all have happened to what was not counted any more


@dataclass
class Judgement:
    """Counts of what must never happen to a job, with a sentence for each time; `reported` is its receipt.

    `verified` is whether `rollcall verify` said yes.
    """

    job_id: str
    reported: dict = field(default_factory=dict)
    verified: bool = False
    counts: Counter = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def find(self, what: str, words: str, times: int = 1) -> None:
        self.counts[what] += times
        self.findings.append(f"{what}: {self.job_id}: {words}")


def judge(cloud: ChaosCloud, workload: Workload, reported: dict) -> Judgement:
    """`reported` is what injectors and observer say."""
    judgement = Judgement(workload.job_id)
    row = job_row(cloud.env, workload.job_id)
    if not is_at_rest(row):
        judgement.find("undetected", f"it is {row['state']} and has not ended")
        return judgement
    try:
        judgement.reported = receipt = json.loads(cloud.rollcall("receipt", workload.job_id, "--json"))
        cloud.rollcall("verify", workload.job_id)
        judgement.verified = True
    except CommandFailed as refused:
        judgement.find("undetected", f"it cannot be verified: {refused}")
        return judgement
    judge_items(judgement, workload, receipt, lines_by_run(cloud.env, workload.job_id))
    judge_releases(judgement, row, reported)
    judge_traces(judgement, row, receipt, reported["faults"])
    return judgement


def judge_items(judgement: Judgement, workload: Workload, receipt: dict, lines: dict[int, list[dict]]) -> None:
    counted = sum(receipt[name] for name in ("succeeded", "failed", "not_run"))
    if counted != len(workload.items):
        what = "counted_twice" if counted > len(workload.items) else "lost"
        judgement.find(
            what, f"{counted} items are counted of {len(workload.items)}", abs(counted - len(workload.items))
        )
    for run, answers in lines.items():
        repeated = [name for name, times in Counter(line["id"] for line in answers).items() if times > 1]
        if repeated:
            judgement.find("counted_twice", f"run {run} answers {repeated[:5]} more than once", len(repeated))
    newest = {line["id"]: line for run in sorted(lines) for line in lines[run]}
    unanswered = workload.items.keys() - newest.keys()
    if len(unanswered) > receipt["not_run"]:
        missing = len(unanswered) - receipt["not_run"]
        judgement.find("lost", f"{missing} items have no result and are not counted as not run", missing)
    if receipt["not_run"] and not workload.cancelled:
        judgement.find("lost", f"{receipt['not_run']} items were not run", receipt["not_run"])
    if strangers := newest.keys() - workload.items.keys():
        judgement.find("counted_twice", f"{len(strangers)} results of items it does not have", len(strangers))
    for name, line in newest.items():
        judge_item(judgement, workload.items.get(name, {}), line)


def judge_item(judgement: Judgement, item: dict, line: dict) -> None:
    """Poison fails by its own name; all else succeeds, unless every worker that took it was killed."""
    expected = next((error for field, error in NAMED_ERRORS.items() if field in item), None)
    error = None if line["ok"] else line["error"]["type"]
    if error not in ({expected, "WorkerLost"} if expected else {None, "WorkerLost"}):
        judgement.find("undetected", f"item {line['id']} ended with {error or 'success'}, not {expected or 'success'}")


def judge_releases(judgement: Judgement, row: JobRow, reported: dict) -> None:
    for words in reported["early"]:
        if words.startswith(f"{judgement.job_id}/"):
            judgement.find("released_early", words)
    for run in range(1, row["run"] + 1):
        releases = reported["releases"].get(f"{judgement.job_id}/{run}", 0)
        if releases > 1:
            judgement.find("released_twice", f"the next step of run {run} was started {releases} times", releases - 1)
    if row["state"] in ("SUCCEEDED", "PARTIAL") and not releases:
        judgement.find("undetected", f"it is {row['state']} and its next step was never started")


def judge_traces(judgement: Judgement, row: JobRow, receipt: dict, faults: list) -> None:
    """What was done to a run that settled wholly must show in its record."""
    done = {(fault, kind): times for fault, kind, run, times in faults if run == f"{row['job_id']}/{row['run']}"}
    if receipt["settled"] < receipt["expected"]["chunks"]:
        return
    dispatches = [event for event in row["timeline"] if event["what"] in ("dispatched", "swept")]
    if done.get(("dropped", "Chunk Requested")) and len(dispatches) < 2:
        judgement.find("undetected", "requests for chunks were dropped, and it tells of one dispatch and no sweep")
    if done.get(("duplicated", "Chunk Settled"), 0) >= SURE and not receipt["duplicates"]:
        judgement.find("undetected", "settlements were doubled, and its receipt tells of no duplicate")
    killed = sum(times for (fault, _), times in done.items() if fault == "killed with chunks of")
    if killed >= SURE and receipt["attempts"] <= receipt["settled"]:
        judgement.find("undetected", "workers were killed, and its receipt tells of no repeated attempt")


def lines_by_run(env: Environment, job_id: str) -> dict[int, list[dict]]:
    """Every result line in the bucket, by run."""
    s3, bucket = env.client("s3"), env.deployment.bucket
    found: dict[int, list[dict]] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"jobs/{job_id}/results/"):
        for entry in page.get("Contents", []):
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            found.setdefault(int(entry["Key"].split("/")[3]), []).extend(map(json.loads, body.splitlines()))
    return found
