"""Sending what could not be delivered to a queue, with the reason as message attributes."""

import logging
from collections.abc import Callable

from ministack.core.iam_evaluator import PrincipalInfo
from ministack.services import sqs

from embedded_cloud.extension.iam.callers import NoSuchRole
from embedded_cloud.extension.iam.deciding import Check, Refused, require

logger = logging.getLogger("rollcall.letters")


def send_dead_letter(
    as_whom: Callable[[], PrincipalInfo], queue_arn: str, body: str, attributes: dict[str, str | int]
) -> bool:
    """False when there is no such queue, or it may not be sent to: as on AWS the letter is lost then."""
    if not sqs._queue_by_arn(queue_arn):
        return False
    try:
        require(as_whom(), Check("sqs:SendMessage", queue_arn))
    except (Refused, NoSuchRole) as refusal:
        logger.warning("A dead letter is lost: %s", refusal)
        return False
    message = {
        "MessageBody": body,
        "MessageAttributes": {name: _attribute(value) for name, value in attributes.items()},
    }
    sqs._act_send_message(message, sqs._queue_url(queue_arn.rsplit(":", 1)[-1]))
    return True


def _attribute(value: str | int) -> dict[str, str]:
    return {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
