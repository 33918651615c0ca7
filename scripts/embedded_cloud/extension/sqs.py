"""SQS: a queue waits a moment for its dead-letter queue."""

import asyncio

from ministack.services import sqs

from embedded_cloud.extension.replacing import around

PATIENCE_SECONDS = 5.0
STEP_SECONDS = 0.05


@around(sqs, "_act_create_queue")
async def create_queue(original, data: dict, url: str) -> dict:
    """Terraform watches every queue for 25 seconds; asking for a queue and its dead-letter queue at the same
    time halves that. One that does not appear is refused as on AWS."""
    for _ in range(int(PATIENCE_SECONDS / STEP_SECONDS)):
        try:
            return original(data, url)
        except sqs._Err as error:
            if "RedrivePolicy" not in error.message:
                raise
        await asyncio.sleep(STEP_SECONDS)
    return original(data, url)
