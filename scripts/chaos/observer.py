"""An observer that trusts nobody: at every release it looks for itself whether all of the run has settled.

It reads what is stored, in its own way: the plan's chunks, the members of the progress rows, the results.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb, s3, stepfunctions

from embedded_cloud.extension.replacing import around

JOBS, PROGRESS = "rollcall-local-jobs", "rollcall-local-progress"


class Observer:
    """`releases` are starts of the next step by run ("JOB/RUN"), `early` what was released before it was due."""

    def __init__(self) -> None:
        self.releases: Counter[str] = Counter()
        self.early: list[str] = []
        self.lock = threading.Lock()

    def install(self) -> None:
        @around(stepfunctions, "_send_task_success")
        def send_token(send: Callable, request: dict) -> tuple:
            token = stepfunctions._task_tokens.get(request.get("taskToken"))
            if token and token.get("execution"):
                job_id, _, rest = token["execution"]["name"].partition(".")
                self.look(job_id, int(rest.partition(".")[0] or 1), "its token was sent")
            return send(request)

        @around(stepfunctions, "_invoke_resource")
        def invoke(invoke_now: Callable, resource: str, parameters: Any) -> object:
            if isinstance(parameters, dict) and "-next-" in str(parameters.get("FunctionName", "")):
                asked = parameters["Payload"]
                with self.lock:
                    self.releases[f"{asked['job_id']}/{asked['run']}"] += 1
                self.look(asked["job_id"], int(asked["run"]), "its next step was started")
            return invoke_now(resource, parameters)

    def look(self, job_id: str, run: int, what: str) -> None:
        chunks, settled, stored = expected(job_id, run), members(job_id, run), results(job_id, run)
        if settled < chunks or stored < chunks:
            words = f"{job_id}/{run}: {what} with {settled} chunks settled and {stored} results of {chunks} chunks"
            with self.lock:
                self.early.append(words)

    def report(self) -> dict:
        return {"releases": dict(self.releases), "early": self.early}


def rows(table: str) -> list[dict]:
    _, _, body = dynamodb._scan({"TableName": table, "ConsistentRead": True})
    return json.loads(body)["Items"]


def expected(job_id: str, run: int) -> int:
    """How many chunks the plan of a run has."""
    key = {"job_id": {"S": job_id}, "record": {"S": f"run#{run:04d}"}}
    _, _, body = dynamodb._get_item({"TableName": JOBS, "Key": key, "ConsistentRead": True})
    return sum(part["chunks"] for part in json.loads(json.loads(body)["Item"]["plan"]["S"])["parts"])


def members(job_id: str, run: int) -> int:
    """How many chunks of a run are in its sets; the rows are JOB/RUN/SHARD."""
    found: set[str] = set()
    for row in rows(PROGRESS):
        start, _, shard = row["shard"]["S"].rpartition("/")
        if start == f"{job_id}/{run}" and shard.isdigit():
            found |= set(row.get("members", {}).get("NS", ()))
    return len(found)


def results(job_id: str, run: int) -> int:
    """How many chunks of a run have a result."""
    prefix = f"jobs/{job_id}/results/{run}/"
    return sum(key.startswith(prefix) for bucket in s3._buckets.values() for key in list(bucket["objects"]))
