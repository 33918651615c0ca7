"""Handing one event to one target of a rule."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ministack.core.arn import ArnParseError, parse_arn
from ministack.services import batch, ecs, eventbridge, lambda_svc, sns, sqs, stepfunctions

from embedded_cloud.extension.iam.callers import NoSuchRole
from embedded_cloud.extension.iam.deciding import Check, Refused, require
from embedded_cloud.extension.iam.requests import run_task_checks, submit_job_checks
from embedded_cloud.extension.iam.senders import sender

TASK_OVERRIDES = {"containerOverrides", "cpu", "memory", "taskRoleArn", "executionRoleArn", "ephemeralStorage"}


class DeliveryFailed(Exception):
    """Raised when a target did not take an event; code is one of EventBridge's own."""

    def __init__(self, code: str, message: str, retried: bool = True):
        super().__init__(message)
        self.code = code
        self.retried = retried


@dataclass(frozen=True)
class Handover:
    """What one target gets; arn is the target's, taken apart."""

    arn: Any
    target: dict
    rule: dict
    payload: str

    @property
    def resource(self) -> str:
        """The name after the slash: `cluster/main` names main."""
        return self.arn.resource.partition("/")[2]


def deliver(target: dict, event: dict, rule: dict, body: str, transformed: str | None) -> None:
    """Raises DeliveryFailed."""
    try:
        arn = parse_arn(target.get("Arn", ""))
    except ArnParseError:
        raise _missing(target) from None
    service = "api-destination" if arn.resource.startswith("api-destination/") else arn.service
    handover = Handover(arn, target, rule, body if transformed is None else transformed)
    if service == "events":
        _to_bus(handover, event, transformed)
    elif service in _TARGETS:
        _TARGETS[service](handover)
    else:
        raise DeliveryFailed("INVALID_PARAMETER", f"{service} targets do not exist locally", retried=False)


def _missing(target: dict) -> DeliveryFailed:
    return DeliveryFailed("NO_RESOURCE", f"{target.get('Arn')} does not exist", retried=False)


def _require(handover: Handover, *checks: Check) -> None:
    """AWS: what lacks a permission is not tried again. Raises DeliveryFailed."""
    try:
        for check in checks:
            require(sender(handover.rule, handover.target, check.action), check)
    except (Refused, NoSuchRole) as refusal:
        raise DeliveryFailed("NO_PERMISSIONS", str(refusal), retried=False) from None


def _to_bus(handover: Handover, event: dict, transformed: str | None) -> None:
    if handover.resource not in eventbridge._event_buses:
        raise _missing(handover.target)
    path = set(event.get("_DispatchPath") or [])
    eventbridge._dispatch_to_event_bus(handover.arn, event, handover.rule, path, transformed)


def _to_lambda(handover: Handover) -> None:
    function, config, _ = lambda_svc._get_func_record_for_ref(handover.target["Arn"])
    if not function or not config:
        raise _missing(handover.target)
    _require(handover, Check("lambda:InvokeFunction", handover.target["Arn"]))
    record = lambda_svc._execution_record_for_config(function, config)
    lambda_svc.invoke_async_with_retry(record, _json(handover.payload))


def _to_queue(handover: Handover) -> None:
    """Sent as anybody sends, but for the sender: AWS names one of its own, and the emulator a role."""
    if not sqs._queue_by_arn(handover.target["Arn"]):
        raise _missing(handover.target)
    _require(handover, Check("sqs:SendMessage", handover.target["Arn"]))
    message = {"MessageBody": handover.payload, **(handover.target.get("SqsParameters") or {})}
    sqs._act_send_message(message, sqs._queue_url(handover.arn.resource))


def _to_topic(handover: Handover) -> None:
    if handover.target["Arn"] not in sns._topics:
        raise _missing(handover.target)
    _require(handover, Check("sns:Publish", handover.target["Arn"]))
    eventbridge._dispatch_to_sns(handover.target["Arn"], handover.payload)


def _to_state_machine(handover: Handover) -> None:
    machine = handover.target["Arn"]
    if stepfunctions._resolve_state_machine_arn(machine) is None:
        raise _missing(handover.target)
    _require(handover, Check("states:StartExecution", machine))
    _require_success(stepfunctions._start_execution({"stateMachineArn": machine, "input": handover.payload}))


def _to_api_destination(handover: Handover) -> None:
    eventbridge._dispatch_to_api_destination(handover.arn, handover.payload, handover.target)


def _to_ecs(handover: Handover) -> None:
    """AWS: the (transformed) input is the task's overrides."""
    if handover.resource not in ecs._clusters:
        raise _missing(handover.target)
    parameters = handover.target.get("EcsParameters") or {}
    overrides = _json_object(handover.payload)
    request = {
        "cluster": handover.target["Arn"],
        "taskDefinition": parameters.get("TaskDefinitionArn", ""),
        "count": parameters.get("TaskCount", 1),
        "launchType": parameters.get("LaunchType"),
        "capacityProviderStrategy": parameters.get("CapacityProviderStrategy"),
        "networkConfiguration": _camel(parameters.get("NetworkConfiguration") or {}),
        "platformVersion": parameters.get("PlatformVersion", ""),
        "group": parameters.get("Group", ""),
        "enableExecuteCommand": parameters.get("EnableExecuteCommand", False),
        "tags": _camel(parameters.get("Tags") or []),
        "overrides": {name: value for name, value in overrides.items() if name in TASK_OVERRIDES},
        "startedBy": f"events-rule/{handover.rule.get('Name', '')}",
    }
    _require(handover, *run_task_checks("ecs:RunTask", request))
    _require_success(ecs._run_task(request))


def _to_batch(handover: Handover) -> None:
    """AWS: the (transformed) input holds Parameters and ContainerOverrides of the job."""
    if handover.resource not in batch._job_queues:
        raise _missing(handover.target)
    parameters = handover.target.get("BatchParameters") or {}
    given = _json_object(handover.payload)
    request = {
        "jobName": parameters.get("JobName", ""),
        "jobQueue": handover.target["Arn"],
        "jobDefinition": parameters.get("JobDefinition", ""),
        "parameters": given.get("Parameters") or {},
        "containerOverrides": _camel(given.get("ContainerOverrides") or {}),
        "arrayProperties": _camel(parameters.get("ArrayProperties") or {}),
        "retryStrategy": _camel(parameters.get("RetryStrategy") or {}),
    }
    _require(handover, *submit_job_checks("batch:SubmitJob", request))
    _require_success(batch._submit_job(request))


_CODES = {
    "ThrottlingException": "THROTTLING",
    "TooManyRequestsException": "THROTTLING",
    "LimitExceededException": "RESOURCE_LIMIT_EXCEEDED",
    "ExecutionLimitExceeded": "RESOURCE_LIMIT_EXCEEDED",
    "AccessDeniedException": "NO_PERMISSIONS",
    "ClusterNotFoundException": "NO_RESOURCE",
    "StateMachineDoesNotExist": "NO_RESOURCE",
}
_RETRIED = ("THROTTLING", "RESOURCE_LIMIT_EXCEEDED", "INTERNAL_ERROR")

_TARGETS: dict[str, Callable[[Handover], None]] = {
    "lambda": _to_lambda,
    "sqs": _to_queue,
    "sns": _to_topic,
    "states": _to_state_machine,
    "api-destination": _to_api_destination,
    "ecs": _to_ecs,
    "batch": _to_batch,
}


def _json(payload: str) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        raise DeliveryFailed("INVALID_JSON", f"The target's input is no JSON: {payload[:200]}", retried=False) from None


def _json_object(payload: str) -> dict:
    value = _json(payload)
    if not isinstance(value, dict):
        raise DeliveryFailed("INVALID_JSON", f"The target's input is no JSON object: {payload[:200]}", retried=False)
    return value


def _camel(value: Any) -> Any:
    """EventBridge spells members `Subnets` where the service's own API spells them `subnets`."""
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _camel(member) for name, member in value.items()}
    return [_camel(member) for member in value] if isinstance(value, list) else value


def _require_success(response: tuple) -> None:
    """AWS tries again what a target answers with 5xx or 429, and nothing else it refuses."""
    status, _, body = response
    if status < 400:
        return
    error = json.loads(body)
    kind = error.get("__type", "")
    code = _CODES.get(kind, "INVALID_PARAMETER" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "INTERNAL_ERROR")
    raise DeliveryFailed(code, f"{kind}: {error.get('message')}", retried=code in _RETRIED)
