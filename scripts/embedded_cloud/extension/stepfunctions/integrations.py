"""Calls that states make themselves: counted like everybody's, and as AWS makes them.

AWS, "Integrating services": where a service expects text, as the output of SendTaskSuccess, a state may give JSON;
events carry the execution and its state machine as resources; States.Format writes values as JSON does.
"""

import json
from collections.abc import Callable

from ministack.services import stepfunctions

from embedded_cloud.extension import throttling
from embedded_cloud.extension.metering.calls import count
from embedded_cloud.extension.replacing import around
from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError, lineage

# The service's name in an API call, where a state calls it otherwise.
SERVICES = {"sfn": "states", "eventbridge": "events"}
# What a service's SDK calls errors that its model does not name, as that of a caller who may not, or comes too often.
ERRORS = {
    "lambda": "Lambda.AWSLambdaException",
    "states": "StepFunctions.AWSStepFunctionsException",
    "dynamodb": "DynamoDB.AmazonDynamoDBException",
    "events": "EventBridge.AmazonEventBridgeException",
    "sqs": "SQS.AmazonSQSException",
}


@around(stepfunctions, "_invoke_resource")
def count_call(invoke: Callable, resource: str, parameters: object) -> object:
    """Lambda's are counted where the function runs."""
    call = call_of(resource)
    if call and not call.startswith("lambda:"):
        count(call)
    return invoke(resource, parameters)


@around(stepfunctions, "_invoke_resource")
def throttled(invoke: Callable, resource: str, parameters: object) -> object:
    """Raises ExecutionError; Lambda throttles by itself."""
    service = (call_of(resource) or "lambda").partition(":")[0]
    if service != "lambda" and throttling.refuses(service):
        raise ExecutionError(error_of(resource), f"{throttling.MESSAGE} ({throttling.ANSWERS[service][0]})")
    return invoke(resource, parameters)


def call_of(resource: str) -> str | None:
    """`dynamodb:UpdateItem` of the ARN of an integration; None for other ARNs."""
    _, _, integration = resource.partition(":states:::")
    service, _, action = integration.removeprefix("aws-sdk:").partition(":")
    action = action.partition(".")[0]
    return f"{SERVICES.get(service, service)}:{action[:1].upper()}{action[1:]}" if action else None


def error_of(resource: str) -> str:
    _, _, integration = resource.partition(":states:::")
    if integration.startswith("aws-sdk:"):
        name = integration.split(":")[1].capitalize()
        return f"{name}.{name}Exception"
    service = integration.partition(":")[0] or "lambda"
    return ERRORS.get(service, f"{service.upper()}.AccessDeniedException")


@around(stepfunctions, "_invoke_aws_sdk_integration")
def with_json_as_text(invoke: Callable, resource: str, parameters: object) -> object:
    if ":aws-sdk:sfn:" in resource and isinstance(parameters, dict):
        texts = {name: json.dumps(parameters[name]) for name in ("Input", "Output") if _is_json(parameters.get(name))}
        parameters = {**parameters, **texts}
    return invoke(resource, parameters)


def _is_json(value: object) -> bool:
    return isinstance(value, dict | list)


@around(stepfunctions, "_invoke_events_put_events")
def with_execution(put: Callable, resource: str, parameters: dict) -> dict:
    """Raises ExecutionError."""
    own = [
        part for execution in lineage.get()[-1:] for part in (execution["executionArn"], execution["stateMachineArn"])
    ]
    entries = [{**entry, "Resources": [*entry.get("Resources", []), *own]} for entry in parameters.get("Entries", [])]
    return put(resource, {**parameters, "Entries": entries})


@around(stepfunctions, "_exec_intrinsic")
def format_as_json(execute: Callable, call: tuple, data: object, context: dict | None) -> object:
    _, name, arguments = call
    if name != "States.Format":
        return execute(call, data, context)
    values = [stepfunctions._eval_intrinsic_arg(argument, data, context) for argument in arguments]
    texts = [("str", value if isinstance(value, str) else json.dumps(value)) for value in values]
    return execute(("call", name, texts), data, context)
