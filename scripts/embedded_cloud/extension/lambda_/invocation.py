"""One asynchronous call of a function, and what becomes of it when it fails for good.

AWS sends a record with the whole story to the on-failure destination, a queue or a function, and the event itself, with
the reason as attributes, to the dead-letter queue.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ministack.core.iam_evaluator import PrincipalInfo
from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

from embedded_cloud.extension.dead_letters import send_dead_letter
from embedded_cloud.extension.iam import callers
from embedded_cloud.extension.iam.callers import NoSuchRole
from embedded_cloud.extension.iam.deciding import Check, Refused, require

logger = logging.getLogger("rollcall.lambda")

DEFAULT_AGE_SECONDS = 6 * 3600


@dataclass
class Invocation:
    function: dict
    event: object
    request_id: str = field(default_factory=new_uuid)
    since: float = field(default_factory=time.monotonic)
    attempts: int = 0

    @property
    def config(self) -> dict:
        return self.function.get("config") or self.function

    @property
    def settings(self) -> dict:
        """The function's event invoke configuration."""
        by_version = self.function.get("event_invoke_configs") or {}
        return self.function.get("event_invoke_config") or by_version.get("$LATEST") or {}

    def role(self) -> PrincipalInfo:
        """As what Lambda sends for the function; raises NoSuchRole."""
        return callers.role(self.config.get("Role"), "lambda.amazonaws.com", self.config["FunctionArn"])

    def outlives(self, seconds: float) -> bool:
        age = time.monotonic() - self.since + seconds
        return age > self.settings.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS)


def give_up(invocation: Invocation, result: dict, condition: str) -> None:
    error = result.get("body") or {}
    logger.warning("%s failed for good: %s", invocation.config["FunctionName"], error.get("errorMessage"))
    destination = (invocation.settings.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
    if destination:
        tell(invocation.role, destination, failure_record(invocation, error, condition))
    if letters := (invocation.config.get("DeadLetterConfig") or {}).get("TargetArn"):
        message = error.get("errorMessage") or "none"
        reason = {"RequestID": invocation.request_id, "ErrorCode": 200, "ErrorMessage": message[:1024]}
        send_dead_letter(invocation.role, letters, json.dumps(invocation.event), reason)


def tell(as_whom: Callable[[], PrincipalInfo], destination: str, record: dict) -> None:
    """Invoke a function with the record, asynchronously, or send it to a queue, if the function's role may do that."""
    if ":function:" not in destination:
        send_dead_letter(as_whom, destination, json.dumps(record), {})
        return
    function, config, _ = lambda_svc._get_func_record_for_ref(destination)
    if not function or not config:
        return
    try:
        require(as_whom(), Check("lambda:InvokeFunction", destination))
    except (Refused, NoSuchRole) as refusal:
        logger.warning("A failure is told to nobody: %s", refusal)
        return
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, config), record)


def failure_record(invocation: Invocation, error: dict, condition: str) -> dict:
    """What an on-failure destination gets, in AWS's shape, version 1.0."""
    version = invocation.config.get("Version", "$LATEST")
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"{invocation.config['FunctionArn']}:{version}",
            "condition": condition,
            "approximateInvokeCount": invocation.attempts,
        },
        "requestPayload": invocation.event,
        "responseContext": {"statusCode": 200, "executedVersion": version, "functionError": "Unhandled"},
        "responsePayload": error,
    }
