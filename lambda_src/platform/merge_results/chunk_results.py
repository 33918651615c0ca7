"""The results of a job's chunks as they stand after a run: read ahead, and never more than a little of them at once."""

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from rollcall.intake.manifests import read_index
from rollcall.records import products, results
from rollcall.records.plans import Plan

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

READERS = 16
SMALL_BYTES = 1024 * 1024  # what is larger is read when it is its turn


@dataclass(frozen=True)
class Stretch:
    """`count` chunks of a run from number `first`."""

    run: int
    first: int
    count: int


@dataclass(frozen=True)
class ChunkResult:
    """A chunk's result: how many items of it failed, and where its items lie. `body` is "" of one that is large."""

    s3: "S3Client"
    bucket: str
    key: str
    failed: int
    manifest: str
    place: tuple[int, int]
    body: bytes

    def lines(self) -> Iterator[bytes]:
        if self.body:
            return iter(self.body.splitlines())
        return products.texts(self.s3, self.bucket, self.key)


@dataclass(frozen=True)
class ChunkResults:
    """The results of a job after the run of a receipt; `plans` are those of its runs, by run."""

    s3: "S3Client"
    bucket: str
    receipt: dict
    plans: dict[int, Plan]

    @cached_property
    def unsettled(self) -> dict[int, set[int]]:
        """By run the chunks that did not settle."""
        return {
            entry["run"]: {chunk for first, last in entry["missing"] for chunk in range(first, last + 1)}
            for entry in self.receipt["runs"]
        }

    def read(self, stretch: Stretch) -> Iterator[ChunkResult]:
        """The results of some chunks, in order.

        A chunk that did not settle has none in the receipt's own run; in one before, what came after its end counts.
        """
        waiting: deque[Future[ChunkResult | None]] = deque()
        index = read_index(self.receipt["job_id"], stretch.run, self.bucket, self.s3, stretch.first, stretch.count)
        with ThreadPoolExecutor(READERS) as pool:
            for chunk, (offset, length, _) in enumerate(index, stretch.first):
                if stretch.run == self.receipt["run"] and chunk in self.unsettled[stretch.run]:
                    continue
                waiting.append(pool.submit(self.fetch, stretch.run, chunk, (offset, length)))
                if len(waiting) == READERS and (found := waiting.popleft().result()):
                    yield found
            yield from (found for future in waiting if (found := future.result()))

    def fetch(self, run: int, chunk: int, place: tuple[int, int]) -> ChunkResult | None:
        """A chunk's result; None for one that did not settle and has none."""
        key = results.result_key(self.receipt["job_id"], run, chunk)
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in results.ABSENT and chunk in self.unsettled[run]:
                return None
            raise
        with answer["Body"] as stream:
            body = stream.read() if answer["ContentLength"] <= SMALL_BYTES else b""
        manifest = self.plans[run].part_of(chunk).manifest
        return ChunkResult(self.s3, self.bucket, key, int(answer["Metadata"]["failed"]), manifest, place, body)

    def answered_after(self, run: int) -> set[str]:
        """The ids of the items that later runs have answered; these are in memory."""
        return {identifier for later in self.plans if later > run for identifier in self.answered_in(later)}

    def answered_in(self, run: int) -> Iterator[str]:
        for part in self.plans[run].parts:
            body = self.s3.get_object(Bucket=self.bucket, Key=part.manifest)["Body"]
            index = read_index(self.receipt["job_id"], run, self.bucket, self.s3, part.first_chunk, part.chunks)
            for chunk, (_, length, _) in enumerate(index, part.first_chunk):
                items = body.read(length)
                if self.has_result(run, chunk):
                    yield from (json.loads(line)["id"] for line in items.splitlines())

    def has_result(self, run: int, chunk: int) -> bool:
        if chunk not in self.unsettled[run]:
            return True
        key = results.result_key(self.receipt["job_id"], run, chunk)
        return run < self.receipt["run"] and results.stored_counts(self.s3, self.bucket, key) is not None
