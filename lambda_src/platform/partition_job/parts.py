"""The parts of a run: its items streamed into manifests and chunks, a part for each data type."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollcall.errors import InputRefused
from rollcall.intake.manifests import Manifest, manifest_key, write_index, write_manifests
from rollcall.records.plans import Part
from rollcall.routes import UNROUTED, Route

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# The numbers of a run's full shards are one row: with so many, a quarter of the 400 KB that a row holds.
MOST_CHUNKS = 10_000_000


@dataclass(frozen=True)
class PartWriter:
    """An S3 client, the job bucket and the routes."""

    s3: "S3Client"
    bucket: str
    routes: dict[str, Route]

    def write(
        self, job_id: str, run: int, items: Iterable[dict], sizes: dict[str, int], route: str | None = None
    ) -> list[Part]:
        """Stream items into manifests and the chunk index; their parts, with the routes that will serve them.

        `sizes` are items a chunk by data type. All go to one `route`, if it is named. Raises InputRefused.
        """
        if route:
            sizes = dict.fromkeys(sizes, sizes[route])
        manifests = write_manifests(items, sizes, job_id, run, self.bucket, self.s3)
        if (chunks := sum(len(manifest.counts) for manifest in manifests.values())) > MOST_CHUNKS:
            raise InputRefused(
                [f"{chunks:,} chunks, and a run has room for {MOST_CHUNKS:,}; raise chunk_size of its routes"]
            )
        write_index(manifests.values(), job_id, run, self.bucket, self.s3)
        return list(parts_of(manifests, self.routes, job_id, run, route))


def parts_of(
    manifests: dict[str, Manifest], routes: dict[str, Route], job_id: str, run: int, route: str | None
) -> Iterator[Part]:
    """Number chunks and shards through all data types, one after another."""
    chunk = shard = 0
    for data_type, manifest in manifests.items():
        serving = routes[route] if route else routes.get(data_type, routes[UNROUTED])
        part = Part(
            data_type=data_type,
            route=serving.data_type,
            target=serving.target,
            queue_url=serving.queue_url,
            max_concurrency=serving.max_concurrency,
            timeout_seconds=serving.timeout_seconds,
            max_attempts=serving.max_attempts,
            role_id=serving.role_id,
            code=serving.code,
            manifest=manifest_key(job_id, run, data_type),
            items=sum(manifest.counts),
            chunks=len(manifest.counts),
            first_chunk=chunk,
            first_shard=shard,
        )
        yield part
        chunk += part.chunks
        shard += len(part.shard_sizes)
