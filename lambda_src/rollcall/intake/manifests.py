"""Manifests: the items of a job in S3, one JSON Lines object per data type; a chunk is a byte range.

Beside them lies the chunk index, `chunks.jsonl`: line n tells where chunk n lies, padded to one
width, so that any chunk is found with one ranged read.
"""

import json
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO

import smart_open

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3.client import S3Client

MAX_CHUNK_BYTES = 4 * 1024 * 1024
PART_BYTES = 5 * 1024 * 1024
INDEX_WIDTH = 48
encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def job_prefix(job_id: str) -> str:
    return f"jobs/{job_id}/"


def run_prefix(job_id: str, run: int) -> str:
    return f"{job_prefix(job_id)}runs/{run}/"


def manifest_key(job_id: str, run: int, data_type: str) -> str:
    return f"{run_prefix(job_id, run)}manifests/{'_unrouted' if data_type == '*' else data_type}.jsonl"


def index_key(job_id: str, run: int) -> str:
    return f"{run_prefix(job_id, run)}chunks.jsonl"


class Manifest:
    """Writes the items of one data type; afterwards `chunks()` tells the byte ranges.

    Items wait in memory until their chunk is full (chunk_size items or 4 MiB) and the upload sends
    parts of 5 MiB, so memory is about 10 MiB a data type, whatever the number of items.
    """

    def __init__(self, stream: BinaryIO, chunk_size: int):
        self.stream, self.chunk_size = stream, chunk_size
        self.waiting: list[str] = []
        self.waiting_bytes = 0
        self.lengths, self.counts = array("q"), array("q")

    def add(self, item: dict) -> None:
        line = encode(item)
        self.waiting.append(line)
        self.waiting_bytes += len(line)
        if len(self.waiting) == self.chunk_size or self.waiting_bytes >= MAX_CHUNK_BYTES:
            self.close_chunk()

    def close_chunk(self) -> None:
        if self.waiting:
            data = ("\n".join(self.waiting) + "\n").encode()
            self.stream.write(data)
            self.lengths.append(len(data))
            self.counts.append(len(self.waiting))
            self.waiting, self.waiting_bytes = [], 0

    def chunks(self) -> Iterator[tuple[int, int, int]]:
        """(offset, length, items) of each chunk; offset and length in bytes."""
        offset = 0
        for length, count in zip(self.lengths, self.counts, strict=True):
            yield offset, length, count
            offset += length


def write_manifests(
    items: Iterable[dict], chunk_sizes: dict[str, int], job_id: str, run: int, bucket: str, s3: "S3Client"
) -> dict[str, Manifest]:
    """Stream items into manifests by data type ("*" takes those without a route).

    Returns the closed manifests by data type in order of first appearance. When reading the items
    raises, the uploads are aborted and no manifest exists.
    """
    manifests: dict[str, Manifest] = {}
    with ExitStack() as uploads:
        for item in items:
            data_type = item["data_type"] if item["data_type"] in chunk_sizes else "*"
            manifest = manifests.get(data_type)
            if manifest is None:
                stream = uploads.enter_context(open_to_write(manifest_key(job_id, run, data_type), bucket, s3))
                manifest = manifests[data_type] = Manifest(stream, chunk_sizes[data_type])
            manifest.add(item)
        for manifest in manifests.values():
            manifest.close_chunk()
    return manifests


def write_index(manifests: Iterable[Manifest], job_id: str, run: int, bucket: str, s3: "S3Client") -> None:
    """Write the chunk index; chunks are numbered in the order the manifests are given."""
    with open_to_write(index_key(job_id, run), bucket, s3) as stream:
        for manifest in manifests:
            stream.writelines(f"[{o},{n},{c}]".ljust(INDEX_WIDTH - 1).encode() + b"\n" for o, n, c in manifest.chunks())


def read_index(
    job_id: str, run: int, bucket: str, s3: "S3Client", first: int, count: int
) -> Iterator[tuple[int, int, int]]:
    """(offset, length, items) of `count` chunks from number `first`, read as they are needed."""
    if count == 0:
        return
    body = read_range(index_key(job_id, run), bucket, s3, first * INDEX_WIDTH, count * INDEX_WIDTH)
    for line in body.iter_lines(chunk_size=INDEX_WIDTH * 1024):
        yield tuple(json.loads(line))


def read_chunk(manifest: str, bucket: str, s3: "S3Client", offset: int, length: int) -> list[dict]:
    """The items of a chunk, with one ranged read."""
    body = read_range(manifest, bucket, s3, offset, length)
    return [json.loads(line) for line in body.read().splitlines()]


def read_range(key: str, bucket: str, s3: "S3Client", offset: int, length: int) -> "StreamingBody":
    return s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={offset}-{offset + length - 1}")["Body"]


def open_to_write(key: str, bucket: str, s3: "S3Client") -> BinaryIO:
    parameters = {"client": s3, "min_part_size": PART_BYTES}
    return smart_open.open(f"s3://{bucket}/{key}", "wb", transport_params=parameters)
