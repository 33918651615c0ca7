"""Batch's queues and compute environments: found by ARN, changed and deleted."""

from collections.abc import Callable

from ministack.core.responses import AccountRegionScopedDict, error_response_json
from ministack.services import batch

from embedded_cloud.extension.replacing import around, instead

CHANGEABLE = ("state", "priority", "computeEnvironmentOrder", "schedulingPolicyArn", "jobStateTimeLimitActions")


@instead(batch, "_describe_compute_environments")
def describe_environments(request: dict) -> tuple:
    environments = _selected(batch._compute_envs, request.get("computeEnvironments"))
    return batch._json(200, {"computeEnvironments": environments})


@around(batch, "_create_compute_environment")
def create_environment(create: Callable, request: dict) -> tuple:
    response = create(request)
    if response[0] == 200:
        record = batch._compute_envs[request["computeEnvironmentName"]]
        record["containerOrchestrationType"] = "ECS"
    return response


@around(batch, "_create_job_queue")
def create_queue(create: Callable, request: dict) -> tuple:
    for entry in request.get("computeEnvironmentOrder", []):
        if _name(entry["computeEnvironment"]) not in batch._compute_envs:
            return error_response_json("ClientException", f"{entry['computeEnvironment']} does not exist")
    return create(request)


def update_queue(request: dict) -> tuple:
    queue = batch._job_queues.get(_name(request.get("jobQueue", "")))
    if not queue:
        return error_response_json("ClientException", f"{request.get('jobQueue')} does not exist")
    queue.update({member: request[member] for member in CHANGEABLE if member in request})
    return batch._json(200, {"jobQueueName": queue["jobQueueName"], "jobQueueArn": queue["jobQueueArn"]})


def delete_queue(request: dict) -> tuple:
    batch._job_queues.pop(_name(request.get("jobQueue", "")), None)
    return batch._json(200, {})


def delete_environment(request: dict) -> tuple:
    name = _name(request.get("computeEnvironment", ""))
    for queue in batch._job_queues.values():
        if name in {_name(entry["computeEnvironment"]) for entry in queue["computeEnvironmentOrder"]}:
            message = f"Cannot delete, found existing JobQueue relationship: {queue['jobQueueName']}"
            return error_response_json("ClientException", message)
    batch._compute_envs.pop(name, None)
    return batch._json(200, {})


def _selected(records: AccountRegionScopedDict, references: list[str] | None) -> list[dict]:
    names = [_name(reference) for reference in references] if references else records.keys()
    return [records[name] for name in names if name in records]


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


batch._DISPATCH.update(
    {
        "/v1/updatejobqueue": update_queue,
        "/v1/deletejobqueue": delete_queue,
        "/v1/deletecomputeenvironment": delete_environment,
    }
)
