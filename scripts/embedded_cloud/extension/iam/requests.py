"""Which permissions a call needs: actions, resources and condition keys.

AWS, "Service Authorization Reference". Requests are those of the services' APIs; what the emulator derives of them as
AWS does is left to it.
"""

import json
from collections.abc import Callable, Iterator

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs, stepfunctions

from embedded_cloud.extension.iam.deciding import Check
from embedded_cloud.extension.iam.tables import table_checks

# Kept before `guard` takes it from the emulator.
action_of = iam_actions.extract_iam_action
# AWS: calls of batches need the permission of the single call.
BATCHES = {f"sqs:{name}Batch": f"sqs:{name}" for name in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")}


def checks_of_http(service: str, method: str, path: str, headers: dict, body: bytes, query: dict) -> list[Check]:
    """Of a call over HTTP; none for one that AWS knows no permission for."""
    action = action_of(service, method, path, headers, body, query)
    if action is None:
        return []
    action = BATCHES.get(action, action)
    if derive := derivation_of(action):
        return list(derive(action, json.loads(body or b"{}")))
    resource = iam_actions.extract_resource_arn(
        service, method, path, headers, body, query, get_region(), get_account_id()
    )
    if service != "s3":
        return [Check(action, resource)]
    keys = iam_actions.s3_service_context(action, query, path, headers)
    also = iam_actions.s3_additional_checks(method, path, headers, body, query)
    return [Check(action, resource, _lower(keys)), *(Check(*each) for each in also)]


def derivation_of(action: str) -> Callable[[str, dict], Iterator[Check]] | None:
    """Takes the action and the request by its API's names; None where the emulator's own derivation is AWS's."""
    service = action.partition(":")[0]
    return _OF_ACTION.get(action) or _OF_SERVICE.get(service)


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{rest}"


def _queue(action: str, request: dict) -> Iterator[Check]:
    """A queue is named by its address, a new one or one to be found by its name."""
    name = (request.get("QueueUrl") or request.get("QueueName") or "").rpartition("/")[2]
    yield Check(action, arn("sqs", name or "*"))


def _parameters_below(action: str, request: dict) -> Iterator[Check]:
    path = request.get("Path", "").strip("/")
    yield Check(
        action, arn("ssm", f"parameter/{path}"), {"ssm:recursive": str(request.get("Recursive", False)).lower()}
    )


def _events(action: str, request: dict) -> Iterator[Check]:
    """The keys hold the sources and detail types of all entries for a bus, so they have several values."""
    by_bus: dict[str, list[dict]] = {}
    for entry in request.get("Entries", []):
        by_bus.setdefault(entry.get("EventBusName") or "default", []).append(entry)
    for bus, entries in by_bus.items():
        keys = {
            "events:source": [entry.get("Source", "") for entry in entries],
            "events:detail-type": [entry.get("DetailType", "") for entry in entries],
            "events:eventbusinvocation": "false",
        }
        yield Check(action, bus if bus.startswith("arn:") else arn("events", f"event-bus/{bus}"), keys)


def _task_token(action: str, request: dict) -> Iterator[Check]:
    """AWS checks on the state machine that the token is of; a token that waits no more is answered without."""
    if waiting := stepfunctions._task_tokens.get(request.get("taskToken", "")):
        yield Check(action, waiting["lineage"][-1]["stateMachineArn"])


def run_task_checks(action: str, request: dict) -> Iterator[Check]:
    """AWS: to start a task also takes iam:PassRole for the roles that it gets."""
    definition = ecs._task_defs.get(ecs._resolve_td_key(request.get("taskDefinition", ""))) or {}
    keys = _of_cluster(request)
    keys["ecs:enable-execute-command"] = str(request.get("enableExecuteCommand", False)).lower()
    resource = definition.get("taskDefinitionArn") or arn("ecs", f"task-definition/{request.get('taskDefinition')}")
    yield Check(action, resource, keys)
    given = request.get("overrides") or {}
    for member in ("taskRoleArn", "executionRoleArn"):
        if role := given.get(member) or definition.get(member):
            yield Check("iam:PassRole", role, {"iam:passedtoservice": "ecs-tasks.amazonaws.com"})


def _task(action: str, request: dict) -> Iterator[Check]:
    keys = _of_cluster(request)
    for task in request.get("tasks") or [request.get("task", "")]:
        cluster = keys["ecs:cluster"].rpartition("/")[2]
        yield Check(action, task if task.startswith("arn:") else arn("ecs", f"task/{cluster}/{task}"), keys)


def _of_cluster(request: dict) -> dict[str, str]:
    cluster = request.get("cluster") or "default"
    return {"ecs:cluster": cluster if cluster.startswith("arn:") else arn("ecs", f"cluster/{cluster}")}


def submit_job_checks(action: str, request: dict) -> Iterator[Check]:
    for kind, member in (("job-queue", "jobQueue"), ("job-definition", "jobDefinition")):
        name = request.get(member, "")
        yield Check(action, name if name.startswith("arn:") else arn("batch", f"{kind}/{name}"))


def _job(action: str, request: dict) -> Iterator[Check]:
    yield Check(action, arn("batch", f"job/{request.get('jobId', '')}"))


def _lower(keys: dict) -> dict:
    return {name.lower(): value for name, value in keys.items()}


_OF_SERVICE = {"sqs": _queue, "dynamodb": table_checks}
_OF_ACTION = {
    "ssm:GetParametersByPath": _parameters_below,
    "events:PutEvents": _events,
    "states:SendTaskSuccess": _task_token,
    "states:SendTaskFailure": _task_token,
    "states:SendTaskHeartbeat": _task_token,
    "ecs:RunTask": run_task_checks,
    "ecs:StopTask": _task,
    "ecs:DescribeTasks": _task,
    "batch:SubmitJob": submit_job_checks,
    "batch:TerminateJob": _job,
    "batch:CancelJob": _job,
}
