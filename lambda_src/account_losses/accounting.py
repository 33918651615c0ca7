"""Accounting for losses: each is repeated, or its items fail by name; no job waits for the dead."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from account_losses.losses import Loss
from rollcall import queues
from rollcall.chunks import fail_chunk, result_key, settled, timestamp
from rollcall.errors import WorkerLost
from rollcall.events import ChunkSettled
from rollcall.observability import logger
from rollcall.results import stored_counts


@dataclass(frozen=True)
class Accountant:
    """Clients and names; `max_attempts` tells for a data type how often a chunk may be tried."""

    s3: object
    sqs: object
    events: object
    bucket: str
    bus: str
    settlements_queue_url: str
    max_attempts: Callable[[str], int]

    def account(self, loss: Loss) -> None:
        """Settle a chunk that has a result after all, ask for it anew, or fail its items for good."""
        request = loss.request
        counts = stored_counts(self.s3, self.bucket, result_key(request))
        place = {"job_id": request.job_id, "chunk": request.chunk, "attempt": request.attempt}
        if counts and loss.ended_well:
            return
        if counts:
            self.settle(settled(request, counts, loss.target, timestamp()))
        elif not loss.final and request.attempt < self.max_attempts(request.data_type):
            logger.warning("chunk lost, asked for anew", **place, reason=loss.reason)
            queues.put(self.events, self.bus, [replace(request, attempt=request.attempt + 1)])
        else:
            logger.error("chunk lost, its items fail", **place, reason=loss.reason)
            error = WorkerLost(f"{loss.reason}; see the worker's log, then submit these items again")
            self.settle(fail_chunk(request, self.s3, self.bucket, loss.target, error))

    def settle(self, settlement: ChunkSettled) -> None:
        queues.send(self.sqs, self.settlements_queue_url, [settlement])
