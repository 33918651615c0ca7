"""Whether a job's products hold what the results of its chunks hold."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from rollcall.records import products
from rollcall.records.products import FAILED, SUCCEEDED, Measure

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

SUM_OF = 2**256


@dataclass
class Answers:
    """Items by how they ended. `ids` is a sum of digests: the same for the same items in any order, in no memory."""

    succeeded: int = 0
    failed: int = 0
    ids: int = 0

    def add(self, identifier: str, ok: bool) -> None:
        self.succeeded += ok
        self.failed += not ok
        told = sha256(f"{ok}{identifier}".encode()).digest()
        self.ids = (self.ids + int.from_bytes(told, "big")) % SUM_OF


def differences(s3: "S3Client", bucket: str, manifest: dict, expected: Answers) -> Iterator[str]:
    """Where the files are not what their manifest says, or do not hold the items that are expected."""
    found = Answers()
    for file in manifest["files"]:
        measure = Measure()
        for text in products.texts(s3, bucket, file["key"]):
            measure.add(text)
            found.add(json.loads(text)["id"], file["kind"] == SUCCEEDED)
        if told := {name: value for name, value in measure.told.items() if value != file[name]}:
            yield f"{file['key']} is not what its manifest says; it has {told}"
    for kind in (SUCCEEDED, FAILED):
        if (counted := getattr(expected, kind)) != manifest[kind]:
            yield f"items {kind}: the manifest of products says {manifest[kind]}, the results say {counted}"
    if found != expected:
        yield "the items in the products are not those of the results"
