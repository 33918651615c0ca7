"""Lambda acts as a function's role: it takes the role on, reads the function's queues and writes its log.

AWS, "Defining Lambda function permissions with an execution role".
"""

import logging
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc, sqs

from embedded_cloud.extension.iam import callers
from embedded_cloud.extension.iam.callers import NoSuchRole
from embedded_cloud.extension.iam.deciding import Check, Refused, require
from embedded_cloud.extension.iam.requests import arn
from embedded_cloud.extension.replacing import around

logger = logging.getLogger("rollcall.iam")

LAMBDA = "lambda.amazonaws.com"
READ_QUEUE = ("sqs:ReceiveMessage", "sqs:GetQueueAttributes")
# The mapping whose batch this thread works on.
_mapping: ContextVar[dict] = ContextVar("mapping")


@around(lambda_svc, "_create_function")
def create_function(create: Callable, request: dict) -> tuple:
    return _distrust(request.get("Role"), request.get("FunctionName", "")) or create(request)


@around(lambda_svc, "_update_config")
def update_function(update: Callable, name: str, request: dict) -> tuple:
    refusal = _distrust(request["Role"], name) if "Role" in request else None
    return refusal or update(name, request)


def _distrust(role: str | None, function: str) -> tuple | None:
    """AWS's refusal of a role that does not trust Lambda."""
    try:
        callers.require_trust(role, LAMBDA, arn("lambda", f"function:{function}"))
    except NoSuchRole:
        message = "The role defined for the function cannot be assumed by Lambda."
        return error_response_json("InvalidParameterValueException", message)
    return None


@around(lambda_svc, "_create_esm")
def create_mapping(create: Callable, request: dict) -> tuple:
    """AWS refuses a mapping of a queue that the function's role may not read."""
    queue, function = request.get("EventSourceArn", ""), request.get("FunctionName", "")
    if ":sqs:" in queue:
        try:
            _require(function, *(Check(action, queue) for action in (*READ_QUEUE, "sqs:DeleteMessage")))
        except (Refused, NoSuchRole) as refusal:
            call = refusal.check.action.partition(":")[2] if isinstance(refusal, Refused) else "ReceiveMessage"
            message = f"The function execution role does not have permissions to call {call} on SQS"
            return error_response_json("InvalidParameterValueException", message)
    return create(request)


@around(lambda_svc, "_iter_all_esms")
def readable_mappings(iterate: Callable) -> Iterator[tuple]:
    for account, region, mapping in iterate():
        queue = mapping.get("EventSourceArn", "")
        try:
            if ":sqs:" in queue and mapping.get("Enabled", True):
                _require(mapping["FunctionName"], *(Check(action, queue) for action in READ_QUEUE))
        except (Refused, NoSuchRole) as refusal:
            mapping["LastProcessingResult"] = f"PROBLEM: {refusal}"
            continue
        yield account, region, mapping


@around(lambda_svc, "_run_sqs_batch")
def remember_mapping(run_batch: Callable, mapping: dict, *rest: Any) -> None:
    _mapping.set(mapping)
    run_batch(mapping, *rest)


@around(sqs, "_delete_messages_for_esm")
def delete_as_role(delete: Callable, url: str, receipts: set[str]) -> None:
    """AWS: messages that cannot be deleted come back."""
    mapping = _mapping.get()
    try:
        _require(mapping["FunctionName"], Check("sqs:DeleteMessage", mapping["EventSourceArn"]))
    except (Refused, NoSuchRole) as refusal:
        mapping["LastProcessingResult"] = f"PROBLEM: {refusal}"
        return
    delete(url, receipts)


@around(lambda_svc, "_emit_lambda_logs")
def log_as_role(emit: Callable, function: dict, request_id: str, *rest: Any, **options: Any) -> None:
    config = function.get("config") or function
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    stream = f"{datetime.now(UTC):%Y/%m/%d}/[{config.get('Version', '$LATEST')}]{request_id.replace('-', '')}"
    resource = arn("logs", f"log-group:{group}:log-stream:{stream}")
    checks = [Check(action, resource) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
    try:
        require(callers.role(config.get("Role"), LAMBDA, config["FunctionArn"]), *checks)
    except (Refused, NoSuchRole) as refusal:
        logger.warning("The log of %s is lost: %s", config["FunctionName"], refusal)
        return
    emit(function, request_id, *rest, **options)


def _require(function: str, *checks: Check) -> None:
    """Raises Refused and NoSuchRole."""
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    if config:
        require(callers.role(config.get("Role"), LAMBDA, config["FunctionArn"]), *checks)
