"""Measure partitioning of every kind of input, on the embedded cloud; prints items/s and peak memory of each.

The real Partitioner runs in a process of its own, which reports its own peak memory. Only the listing of a prefix is
made up: its answers are S3's own, for a bucket that is not there.
"""

import argparse
import gzip
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyarrow
from botocore.awsrequest import AWSResponse
from pyarrow import parquet

from generate_book import generate_book, write_book
from partition_job.partition import Partitioner
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

FOLDER = Path("build/bench")
ITEMS = {
    "jsonl": 1_000_000,
    "csv": 1_000_000,
    "json": 1_000_000,
    "parquet": 10_000_000,
    "prefix": 1_000_000,
    "inventory": 1_000_000,
}
ROWS_A_GROUP = 1_000_000
KEYS_A_PAGE = 1000
LISTED = "rollcall-listed"
NO_HEADERS: Any = {}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int)
    parser.add_argument("--format", choices=ITEMS, action="append")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for form in options.format or ITEMS:
        items = options.items or ITEMS[form]
        try:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                measured = pool.apply(partition, (items, written(form, items)))
        except CommandError as error:
            sys.exit(str(error))
        print(json.dumps({"input": form, **measured}), flush=True)
        (FOLDER / f"partition-{form}.json").write_text(json.dumps(measured, indent=2) + "\n")


def written(form: str, items: int) -> Path | None:
    """A book of a format, or the list of an inventory; None for what is no file."""
    book = FOLDER / f"book-{items}.{form}"
    if form != "prefix" and not book.exists():
        writers = {"json": write_array, "parquet": write_parquet, "inventory": write_inventory}
        writers.get(form, write_book)(book, items)
    return None if form == "prefix" else book


def write_array(book: Path, items: int) -> None:
    """One array of the lines of a JSON Lines book."""
    lines = book.with_suffix(".jsonl")
    if not lines.exists():
        write_book(lines, items)
    with lines.open() as source, book.open("w") as target:
        target.write("[")
        for number, line in enumerate(source):
            target.write("," * (number > 0) + line)
        target.write("]")


def write_parquet(book: Path, items: int) -> None:
    """In groups of a million rows, as the field's tools make them."""
    rows = generate_book(items)
    schema = pyarrow.Table.from_pylist(list(generate_book(1500))).schema
    with parquet.ParquetWriter(book, schema) as writer:
        while some := list(islice(rows, ROWS_A_GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(some, schema), row_group_size=ROWS_A_GROUP)


def write_inventory(list_: Path, items: int) -> None:
    """The one file of an inventory in CSV."""
    with gzip.open(list_, "wt", compresslevel=1) as stream:
        stream.writelines(f'"{LISTED}","{key_of(n)}","{n}","{n:032x}"\n' for n in range(items))


def partition(items: int, book: Path | None) -> dict:
    env = Environment("local")
    name = f"bench-{int(time.time())}"
    s3, bucket = env.client("s3"), env.deployment.bucket
    if book is None:
        list_objects(s3, items)
        given: dict[str, Any] = {"uri": f"s3://{LISTED}/scans/", "reading": {"data_type": "probe"}}
    else:
        s3.upload_file(str(book), bucket, key := f"inputs/{name}/{book.name}")
        given = {"uri": f"s3://{bucket}/{key}"} if book.suffix != ".inventory" else inventory(s3, bucket, key)
    before = peak_mb()
    started, used = time.monotonic(), time.process_time()
    partitioner = Partitioner(env.jobs, s3, bucket, env.routes, [])
    answer = partitioner.partition(name, {"input": given}, datetime.now(UTC))
    seconds, used = time.monotonic() - started, time.process_time() - used
    job_record.update(env.jobs, name, {"state": JobState.CANCELLED}, remove=("open",))
    return {
        "items": answer["items"],
        "chunks": answer["chunks"],
        "input_mb": round(book.stat().st_size / 1e6, 1) if book else None,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used, 1),
        "items_per_second": round(answer["items"] / seconds),
        "peak_memory_mb": round(peak_mb()),
        "memory_before_mb": round(before),
    }


def inventory(s3: "S3Client", bucket: str, key: str) -> dict:
    """The input that an inventory of one file is, its manifest being beside it."""
    manifest = {"fileFormat": "CSV", "fileSchema": "Bucket, Key, Size, ETag", "files": [{"key": key}]}
    manifest["destinationBucket"] = f"arn:aws:s3:::{bucket}"
    s3.put_object(Bucket=bucket, Key=f"{key}.json", Body=json.dumps(manifest).encode())
    return {"uri": f"s3://{bucket}/{key}.json", "reading": {"format": "inventory", "data_type": "probe"}}


def list_objects(s3: "S3Client", items: int) -> None:
    """Answer what is listed in the bucket LISTED with so many keys, a thousand a page."""

    def answer(request: Any, **_: Any) -> Any:
        if f"/{LISTED}" not in request.url:
            return None
        first = int(parse_qs(urlsplit(request.url).query).get("continuation-token", ["0"])[0])
        return AWSResponse(request.url, 200, NO_HEADERS, Body(page(first, items).encode()))

    s3.meta.events.register("before-send.s3.ListObjectsV2", answer)


class Body:
    """The body of an answer, as urllib3 has it."""

    def __init__(self, content: bytes):
        self.content = content

    def stream(self) -> Iterator[bytes]:
        yield self.content


def key_of(number: int) -> str:
    return f"scans/2026-11-26/{number:012d}.png"


def page(first: int, items: int) -> str:
    last = min(first + KEYS_A_PAGE, items)
    entries = "".join(
        f"<Contents><Key>{key_of(n)}</Key><Size>{n}</Size>"
        f"<LastModified>2026-11-26T00:00:00.000Z</LastModified><ETag>&quot;{n:032x}&quot;</ETag></Contents>"
        for n in range(first, last)
    )
    more = f"<NextContinuationToken>{last}</NextContinuationToken>" if last < items else ""
    truncated = f"<IsTruncated>{str(last < items).lower()}</IsTruncated>"
    return f"<ListBucketResult>{truncated}{more}{entries}</ListBucketResult>"


def peak_mb() -> float:
    """The most memory this process has had, in MB; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    main()
