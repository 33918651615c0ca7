"""Services that refuse calls of functions and containers, and what other services bring them, for a while.

PUT /_rollcall/throttling with {"dynamodb": 1, "sqs": 0.3} says which share of its calls each service refuses, in the
words AWS has for that; one not named refuses none. Who calls by himself, as Terraform does, is not throttled.
"""

import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import json_response, new_uuid
from ministack.core.router import extract_access_key_id

from embedded_cloud.extension import roles
from embedded_cloud.extension.eventbridge import delivery
from embedded_cloud.extension.eventbridge.targets import DeliveryFailed
from embedded_cloud.extension.replacing import around

PATH = "/_rollcall/throttling"
MESSAGE = "Rate exceeded"
# Service => its code and status, as in the errors of its API reference.
ANSWERS = {
    "batch": ("TooManyRequestsException", 429),
    "dynamodb": ("ThrottlingException", 400),
    "ecs": ("ThrottlingException", 400),
    "events": ("ThrottlingException", 400),
    "lambda": ("TooManyRequestsException", 429),
    "s3": ("SlowDown", 503),
    "sqs": ("RequestThrottled", 403),
    "ssm": ("ThrottlingException", 400),
    "states": ("ThrottlingException", 400),
}

_shares: dict[str, float] = {}


def refuses(service: str) -> bool:
    return random.random() < _shares.get(service, 0)


@around(app, "_handle_admin_config_request")
async def set_shares(configure: Callable, path: str, method: str, body: bytes) -> tuple | None:
    if (path, method) != (PATH, "PUT"):
        return await configure(path, method, body)
    shares = json.loads(body)
    if unknown := shares.keys() - ANSWERS.keys():
        return json_response({"unknown": sorted(unknown), "known": sorted(ANSWERS)}, 400)
    _shares.clear()
    _shares.update(shares)
    return json_response({})


async def throttled(
    handle: Callable, service: str, method: str, path: str, headers: dict, body: bytes, query: dict
) -> tuple:
    if not roles.caller(extract_access_key_id(headers, query) or "") or not refuses(service):
        return await handle(method, path, headers, body, query)
    code, status = ANSWERS[service]
    _, answer_headers, answer = iam_actions.access_denied_response(
        service, "", "", new_uuid(), error_code=code, message=MESSAGE, headers=headers
    )
    return status, answer_headers, answer


@around(delivery, "deliver")
def deliver(deliver_now: Callable, target: dict, *rest: Any) -> None:
    """Raises DeliveryFailed, after which EventBridge delivers again."""
    service = target.get("Arn", "").split(":")[2:3]
    if service and refuses(service[0]):
        raise DeliveryFailed("THROTTLING", MESSAGE)
    deliver_now(target, *rest)


for service in ANSWERS:
    app.SERVICE_HANDLERS[service] = partial(throttled, app.SERVICE_HANDLERS[service], service)
