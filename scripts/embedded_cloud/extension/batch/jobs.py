"""Batch's API for jobs: submit, describe, list, terminate, cancel."""

import copy
from typing import Any

from ministack.core.responses import error_response_json, new_uuid
from ministack.services import batch

from embedded_cloud.extension.batch import definitions, runs
from embedded_cloud.extension.batch.job_containers import container_of
from embedded_cloud.extension.replacing import instead

LARGEST_ARRAY = 10_000
PAGE = 100
SUMMARY = (
    "jobId",
    "jobArn",
    "jobName",
    "jobDefinition",
    "status",
    "statusReason",
    "createdAt",
    "startedAt",
    "stoppedAt",
    "arrayProperties",
)


@instead(batch, "_submit_job")
def submit(request: dict) -> tuple:
    if refusal := _refusal(request):
        return error_response_json("ClientException", refusal)
    job = _job(request)
    size = (request.get("arrayProperties") or {}).get("size")
    runs.submit(job, _children(job, size) if size else [])
    return batch._json(200, {member: job[member] for member in ("jobId", "jobName", "jobArn")})


def _refusal(request: dict) -> str | None:
    queue, definition = _queue(request), definitions.active(request.get("jobDefinition", ""))
    size = (request.get("arrayProperties") or {}).get("size")
    if not request.get("jobName"):
        return "jobName is required"
    if not queue:
        return f"JobQueue {request.get('jobQueue')} not found."
    if queue["state"] != "ENABLED":
        return f"JobQueue {queue['jobQueueName']} is not in ENABLED state."
    if not definition:
        return f"JobDefinition {request.get('jobDefinition')} not found or not active."
    if size is not None and not 2 <= size <= LARGEST_ARRAY:
        return f"Array size must be between 2 and {LARGEST_ARRAY}."
    if request.get("dependsOn"):
        return "The embedded cloud does not know dependsOn."
    return None


def _queue(request: dict) -> dict | None:
    return batch._job_queues.get(request.get("jobQueue", "").rpartition("/")[2])


def _job(request: dict) -> dict:
    definition: Any = definitions.active(request["jobDefinition"])
    parameters = {**definition["parameters"], **(request.get("parameters") or {})}
    queue: Any = _queue(request)
    job_id = new_uuid()
    return {
        "jobId": job_id,
        "jobArn": batch._job_arn(job_id),
        "jobName": request["jobName"],
        "jobQueue": queue["jobQueueArn"],
        "jobDefinition": definition["jobDefinitionArn"],
        "platformCapabilities": definition["platformCapabilities"],
        "parameters": parameters,
        "retryStrategy": request.get("retryStrategy") or definition.get("retryStrategy") or {"attempts": 1},
        "timeout": request.get("timeout") or definition.get("timeout") or {},
        "container": container_of(
            definition["containerProperties"], request.get("containerOverrides") or {}, parameters
        ),
        "attempts": [],
        "createdAt": batch._now_ms(),
        "dependsOn": [],
        "isCancelled": False,
        "isTerminated": False,
        "tags": request.get("tags") or {},
    }


def _children(parent: dict, size: int) -> list[dict]:
    parent["arrayProperties"] = {"size": size, "statusSummary": {}}
    ids = [f"{parent['jobId']}:{index}" for index in range(size)]
    return [
        {
            **copy.deepcopy(parent),
            "jobId": job_id,
            "jobArn": batch._job_arn(job_id),
            "arrayProperties": {"index": index},
        }
        for index, job_id in enumerate(ids)
    ]


@instead(batch, "_describe_jobs")
def describe(request: dict) -> tuple:
    found = [batch._jobs[job_id] for job_id in map(_id, request.get("jobs") or []) if job_id in batch._jobs]
    return batch._json(200, {"jobs": found})


@instead(batch, "_list_jobs")
def list_jobs(request: dict) -> tuple:
    """AWS lists running jobs unless another status is asked for."""
    status = request.get("jobStatus") or "RUNNING"
    if array := request.get("arrayJobId"):
        candidates = [job for job_id, job in batch._jobs.items() if job_id.startswith(f"{array}:")]
    elif queue := _queue(request):
        in_queue = [job for job in batch._jobs.values() if job["jobQueue"] == queue["jobQueueArn"]]
        candidates = [job for job in in_queue if ":" not in job["jobId"]]
    else:
        return error_response_json("ClientException", f"JobQueue {request.get('jobQueue')} not found.")
    start, size = int(request.get("nextToken") or 0), request.get("maxResults") or PAGE
    matching = [job for job in candidates if job["status"] == status]
    summaries = [{member: job[member] for member in SUMMARY if member in job} for job in matching[start : start + size]]
    following = {"nextToken": str(start + size)} if start + size < len(matching) else {}
    return batch._json(200, {"jobSummaryList": summaries, **following})


def terminate(request: dict) -> tuple:
    for job in _parts(request):
        runs.end(job, request.get("reason") or "Terminated", "isTerminated")
    return batch._json(200, {})


def cancel(request: dict) -> tuple:
    """AWS: jobs that have started are left alone."""
    for job in _parts(request):
        if job["status"] in runs.WAITING:
            runs.end(job, request.get("reason") or "Cancelled", "isCancelled")
    return batch._json(200, {})


def _parts(request: dict) -> list[dict]:
    """The job, or the children of an array job: it ends with them."""
    job_id = _id(request.get("jobId", ""))
    children = [job for key, job in batch._jobs.items() if key.startswith(f"{job_id}:")]
    return children or [job for key, job in batch._jobs.items() if key == job_id]


def _id(reference: str) -> str:
    return reference.rpartition("/")[2]


batch._DISPATCH.update({"/v1/terminatejob": terminate, "/v1/canceljob": cancel})
