"""The chunks a worker has in hand: received from its route's queue, hidden from others meanwhile, put back."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from rollcall.dispatch import queues
from rollcall.dispatch.slots import LEASE_SECONDS
from rollcall.observability import logger
from rollcall.throttling import asks_to_wait
from rollcall.worker import deliveries
from rollcall.worker.deliveries import Delivery

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef


@dataclass
class Hand:
    """An SQS client and the route's queue; `jobs` are the job ids of the chunks in hand, by receipt handle.

    `held_up` says that the last look found no room: chunks wait, and SQS gives out no more for now.
    """

    sqs: "SQSClient"
    queue_url: str
    jobs: dict[str, str] = field(default_factory=dict)
    held_up: bool = False

    def pull(self, most: int, seconds: int) -> list[Delivery]:
        """Some chunks, now in hand; none if the queue shows none for so long. What is no chunk is passed over."""
        while messages := self.poll(most, seconds):
            if chunks := self.take(messages):
                return chunks
        return []

    def take(self, messages: "list[MessageTypeDef]") -> list[Delivery]:
        chunks = list(deliveries.read(messages))
        self.jobs |= {chunk.handle: chunk.request.job_id for chunk in chunks}
        return chunks

    def poll(self, most: int, seconds: int) -> "list[MessageTypeDef]":
        """A look at the queue; also none when all its workers together have as many in hand as SQS allows."""
        try:
            answer = self.sqs.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=most,
                WaitTimeSeconds=seconds,
                MessageSystemAttributeNames=deliveries.ATTRIBUTES,
            )
        except self.sqs.exceptions.OverLimit:
            self.held_up = True
            return []
        self.held_up = False
        return answer.get("Messages", [])

    def hide(self, handles: list[str]) -> None:
        """Hide some of what is in hand for as long as a worker's lease lasts."""
        queues.hide(self.sqs, self.queue_url, handles, LEASE_SECONDS)

    def let_go(self, chunk: Delivery, seconds: int) -> None:
        """Take a chunk out of hand, and let it be seen again after some seconds."""
        self.jobs.pop(chunk.handle)
        queues.hide(self.sqs, self.queue_url, [chunk.handle], seconds)

    def put_back(self, chunks: list[Delivery]) -> None:
        """Enqueue chunks again: as if they had not been handed out this time, which was in vain."""
        for chunk in chunks:
            queues.send(self.sqs, self.queue_url, [chunk.as_undelivered], chunk.group)
        self.delete([chunk.handle for chunk in chunks])

    def pass_on(self, chunk: Delivery) -> None:
        """Enqueue a chunk that was begun, for another worker to go on with."""
        queues.send(self.sqs, self.queue_url, [chunk.as_begun], chunk.group)
        self.delete([chunk.handle])

    def give_back(self, chunk: Delivery, error: ClientError) -> None:
        """Enqueue a chunk again, with all its attempts, when AWS asked to wait; raises any other error."""
        if not asks_to_wait(error):
            raise error
        logger.warning("chunk given back, AWS asks to wait", chunk=chunk.request.chunk, reason=str(error))
        self.put_back([chunk])

    def delete(self, handles: list[str]) -> None:
        """Take what is done off the queue."""
        queues.delete(self.sqs, self.queue_url, handles)
        for handle in handles:
            self.jobs.pop(handle, None)
