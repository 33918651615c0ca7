"""Products: what a job came to after a run, in few files of JSON Lines, and a manifest that is written last.

A line of succeeded-*.jsonl is that of the chunk's result; one of failed-*.jsonl is the item as it was submitted, with
what became of it in a field besides, so that it can be submitted again as it is.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import ClientError

from rollcall.intake.fields import FAILURE
from rollcall.intake.manifests import PART_BYTES, encode, open_to_write, run_prefix
from rollcall.records.results import ABSENT

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

READ_BYTES = 1024 * 1024
SUCCEEDED, FAILED = "succeeded", "failed"


def products_prefix(job_id: str, run: int) -> str:
    return f"{run_prefix(job_id, run)}results/"


def manifest_key(job_id: str, run: int) -> str:
    return f"{products_prefix(job_id, run)}manifest.json"


def read_manifest(s3: "S3Client", bucket: str, job_id: str, run: int) -> dict | None:
    """The manifest of a run's products; None as long as it has none.

    It has {"job_id", "run", "status", "succeeded", "failed", "not_run", "files"}, items counted over the whole job.
    Each file has {"kind", "key", "items", "bytes", "sha256"}.
    """
    try:
        return json.load(s3.get_object(Bucket=bucket, Key=manifest_key(job_id, run))["Body"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise
        return None


def read_lines(s3: "S3Client", bucket: str, files: list[dict]) -> Iterator[dict]:
    """The lines of some files of a manifest, each as a line of a result."""
    for file in files:
        for line in map(json.loads, texts(s3, bucket, file["key"])):
            yield line if file["kind"] == SUCCEEDED else failure_of(line)


def texts(s3: "S3Client", bucket: str, key: str) -> Iterator[bytes]:
    """The lines of an object as they are, without their ends; read as they are needed."""
    return s3.get_object(Bucket=bucket, Key=key)["Body"].iter_lines(chunk_size=READ_BYTES)


def failed_line(item: dict, result: dict) -> str:
    """The line of a failed item, by its result's."""
    return encode({**item, FAILURE: result["error"]})


def failure_of(line: dict) -> dict:
    """The result's line of a failed item."""
    return {"id": line["id"], "data_type": line["data_type"], "ok": False, "error": line[FAILURE]}


class Measure:
    """How many items and bytes a file has, and their digest, line by line."""

    def __init__(self) -> None:
        self.items = self.bytes = 0
        self.digest = sha256()

    def add(self, line: bytes) -> None:
        """Count a line, given without its end."""
        self.items += 1
        self.bytes += len(line) + 1
        self.digest.update(line + b"\n")

    @property
    def told(self) -> dict[str, int | str]:
        return {"items": self.items, "bytes": self.bytes, "sha256": self.digest.hexdigest()}


class ProductFile:
    """A file that is uploaded as it is written, with about 5 MiB in memory; it exists once it is left without error.

    One without lines is none.
    """

    def __init__(self, s3: "S3Client", bucket: str, kind: str, key: str):
        self.s3, self.bucket, self.kind, self.key = s3, bucket, kind, key
        self.measure = Measure()
        self.waiting = bytearray()
        self.upload: BinaryIO | None = None

    def add(self, line: bytes) -> None:
        """Write a line, given without its end."""
        self.measure.add(line)
        self.waiting += line + b"\n"
        if len(self.waiting) >= PART_BYTES:
            self.send()

    def send(self) -> None:
        self.upload = self.upload or open_to_write(self.key, self.bucket, self.s3)
        self.upload.write(bytes(self.waiting))
        self.waiting.clear()

    def __enter__(self) -> "ProductFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.upload:
            if not error:
                self.send()
            self.upload.__exit__(kind, error, trace)
        elif self.waiting and not error:
            self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=bytes(self.waiting))

    @property
    def entry(self) -> dict:
        """What the manifest says of it."""
        return {"kind": self.kind, "key": self.key, **self.measure.told}
