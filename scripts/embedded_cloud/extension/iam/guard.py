"""Every call over HTTP to the services the platform uses is checked before it is answered.

The emulator checks the credentials, and its own derivation of permissions serves all other services.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import new_uuid
from ministack.core.router import extract_access_key_id
from ministack.services import sqs

from embedded_cloud.extension.iam import callers, requests
from embedded_cloud.extension.iam.deciding import Check, Refused, require
from embedded_cloud.extension.replacing import around, instead

SERVICES = ("batch", "dynamodb", "ecs", "events", "lambda", "s3", "sqs", "ssm", "states")
NOT_FOUND = 404


@around(iam_actions, "extract_iam_action")
def leave_to_guard(extract: Callable, service: str, *request: Any) -> str | None:
    """The emulator then only checks the credentials."""
    return None if service in SERVICES else extract(service, *request)


@instead(sqs, "_enforce_queue_policy")
def leave_queues_to_guard(queue: dict, action: str) -> None:
    """Queues' policies are evaluated with those of callers; what services send, they check themselves."""


async def guarded(
    handle: Callable, service: str, method: str, path: str, headers: dict, body: bytes, query: dict
) -> tuple:
    try:
        caller = callers.with_key(extract_access_key_id(headers, query) or "")
        parameters = app._routing_params(method, path, headers, body, query)
        require(caller, *requests.checks_of_http(service, method, path, headers, body, parameters))
        answer = await handle(method, path, headers, body, query)
        bucket, _, key = path.strip("/").partition("/")
        if service == "s3" and key and answer[0] == NOT_FOUND:
            # AWS: only who may list a bucket is told that an object is not there.
            require(caller, Check("s3:ListBucket", f"arn:aws:s3:::{bucket}"))
        return answer
    except Refused as refusal:
        return _denial(service, refusal, headers)


def _denial(service: str, refusal: Refused, headers: dict) -> tuple:
    """In the form of the service's protocol."""
    return iam_actions.access_denied_response(
        service,
        refusal.check.action,
        refusal.caller.arn,
        new_uuid(),
        message=str(refusal),
        headers=headers,
        resource_arn=refusal.check.resource,
        explicit_deny=refusal.denied,
    )


for service in SERVICES:
    app.SERVICE_HANDLERS[service] = partial(guarded, app.SERVICE_HANDLERS[service], service)
