"""Sending what could not be delivered to a queue, with the reason as message attributes."""

from ministack.services import sqs


def send_dead_letter(queue_arn: str, body: str, attributes: dict[str, str | int]) -> bool:
    """False when there is no such queue."""
    if not sqs._queue_by_arn(queue_arn):
        return False
    message = {
        "MessageBody": body,
        "MessageAttributes": {name: _attribute(value) for name, value in attributes.items()},
    }
    sqs._act_send_message(message, sqs._queue_url(queue_arn.rsplit(":", 1)[-1]))
    return True


def _attribute(value: str | int) -> dict[str, str]:
    return {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
