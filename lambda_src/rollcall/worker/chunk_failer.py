"""Failing chunks that nobody will run: their items by name, so that the barrier hears of them."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollcall.dispatch import queues
from rollcall.events import ChunkRequested
from rollcall.ranges import batches
from rollcall.worker.chunks import fail_chunk

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True)
class ChunkFailer:
    """S3 and SQS clients, the job bucket and the queue that settlements go to."""

    s3: "S3Client"
    sqs: "SQSClient"
    bucket: str
    settlements_queue_url: str

    def fail(self, chunks: Iterable[tuple[ChunkRequested, int]], target: str, error: Exception) -> None:
        """Fail the items of chunks, given with their attempts, and settle these; a result that exists stands."""
        with ThreadPoolExecutor(queues.BATCH) as pool:
            for some in batches(chunks, queues.BATCH):
                settled = pool.map(lambda one: fail_chunk(one[0], one[1], self.s3, self.bucket, target, error), some)
                queues.send(self.sqs, self.settlements_queue_url, list(settled))
