"""The products of a run, merged from the results of its chunks: section by section, and the manifest when all are done.

A section is a stretch of the chunks of all runs, one run after another. What is read stands since the run has ended, so
a section may be merged again at any time, and comes out the same.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from merge_results.chunk_results import ChunkResults, Stretch
from rollcall.dispatch import queues
from rollcall.events import MergeRequested
from rollcall.intake.manifests import read_chunk
from rollcall.ranges import batches
from rollcall.receipts import receipts
from rollcall.records import jobs as job_record
from rollcall.records import products
from rollcall.records.products import FAILED, SUCCEEDED, ProductFile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_s3.client import S3Client

# With two files a section, a million items are in 64 files at most.
ITEMS_A_SECTION = 31_250


@dataclass(frozen=True)
class Merger:
    """The jobs table, clients of S3 and EventBridge, the bucket and the bus."""

    jobs: "Table"
    s3: "S3Client"
    events: "EventBridgeClient"
    bucket: str
    bus: str

    def merge_run(self, job_id: str, run: int) -> None:
        """Merge the results of a run that has ended, or ask for each of its sections to be merged."""
        receipt = receipts.read_run(self.s3, self.bucket, job_id, run)
        if receipt is None or products.read_manifest(self.s3, self.bucket, job_id, run):
            return  # it ended before it had items, or is told of once more
        sections = sections_of(receipt)
        if sections < 2:
            self.write_manifest(receipt, self.merge(receipt, 0) if sections else [])
            return
        for some in batches(range(sections), queues.BATCH):
            queues.put(self.events, self.bus, [MergeRequested(job_id, run, section) for section in some])

    def merge_section(self, request: MergeRequested) -> None:
        """Merge one section; the last one writes the manifest. Two that are done at once write the same."""
        job_id, run, section = request.job_id, request.run, request.section
        receipt = receipts.read_run(self.s3, self.bucket, job_id, run)
        assert receipt, "sections are asked for by the receipt"
        done = f"{products.products_prefix(job_id, run)}sections/"
        body = json.dumps(self.merge(receipt, section)).encode()
        self.s3.put_object(Bucket=self.bucket, Key=f"{done}{section:05d}.json", Body=body)
        keys = list(self.list_keys(done))
        if len(keys) == sections_of(receipt):
            self.write_manifest(receipt, [entry for key in sorted(keys) for entry in self.read(key)])

    def list_keys(self, prefix: str) -> Iterator[str]:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            yield from (entry["Key"] for entry in page.get("Contents", ()))

    def read(self, key: str) -> list[dict]:
        return json.load(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"])

    def merge(self, receipt: dict, section: int) -> list[dict]:
        """Write the files of a section; what the manifest says of them."""
        plans = {run: job_record.read_plan(self.jobs, receipt["job_id"], run) for run in range(1, receipt["run"] + 1)}
        results = ChunkResults(self.s3, self.bucket, receipt, plans)
        prefix = products.products_prefix(receipt["job_id"], receipt["run"])
        with (
            ProductFile(self.s3, self.bucket, SUCCEEDED, f"{prefix}{SUCCEEDED}-{section:05d}.jsonl") as succeeded,
            ProductFile(self.s3, self.bucket, FAILED, f"{prefix}{FAILED}-{section:05d}.jsonl") as failed,
        ):
            for stretch in stretches_of(receipt, section):
                self.merge_stretch(results, stretch, succeeded, failed)
        return [file.entry for file in (succeeded, failed) if file.measure.items]

    def merge_stretch(
        self, results: ChunkResults, stretch: Stretch, succeeded: ProductFile, failed: ProductFile
    ) -> None:
        answered_later = results.answered_after(stretch.run)
        for found in results.read(stretch):
            if not found.failed and not answered_later:
                for text in found.lines():
                    succeeded.add(text)
                continue
            items = {}
            if found.failed:
                items = {item["id"]: item for item in read_chunk(found.manifest, self.bucket, self.s3, *found.place)}
            for text in found.lines():
                line = json.loads(text)
                if line["id"] in answered_later:
                    continue
                if line["ok"]:
                    succeeded.add(text)
                else:
                    failed.add(products.failed_line(items[line["id"]], line).encode())

    def write_manifest(self, receipt: dict, files: list[dict]) -> None:
        told = {name: receipt[name] for name in ("job_id", "run", "status", "not_run")}
        counts = {kind: sum(file["items"] for file in files if file["kind"] == kind) for kind in (SUCCEEDED, FAILED)}
        self.s3.put_object(
            Bucket=self.bucket,
            Key=products.manifest_key(receipt["job_id"], receipt["run"]),
            Body=json.dumps({**told, **counts, "files": files}, indent=2).encode(),
            ContentType="application/json",
        )


def chunks_of(receipt: dict) -> int:
    """Chunks of all runs."""
    return sum(entry["chunks"] for entry in receipt["runs"])


def sections_of(receipt: dict) -> int:
    return min(chunks_of(receipt), -(-receipt["expected"]["items"] // ITEMS_A_SECTION))


def stretches_of(receipt: dict, section: int) -> Iterator[Stretch]:
    """The chunks of a section, run by run; sections have equally many, for each is a request to S3."""
    chunks, sections = chunks_of(receipt), sections_of(receipt)
    first, end = (number * chunks // sections for number in (section, section + 1))
    before = 0
    for entry in receipt["runs"]:
        inside = range(max(first, before), min(end, before + entry["chunks"]))
        if inside:
            yield Stretch(entry["run"], inside.start - before, len(inside))
        before += entry["chunks"]
