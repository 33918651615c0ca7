"""Measure partitioning: a million items from S3, on the embedded cloud; prints items/s and peak memory.

The real Partitioner runs in a process of its own, which reports its own peak memory.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path

from generate_book import write_book
from partition_job.partition import Partitioner
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError

FOLDER = Path("build/bench")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--format", choices=["jsonl", "csv", "json"], default="jsonl")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    book = FOLDER / f"book-{options.items}.{options.format}"
    if not book.exists():
        write(book, options.items)
    try:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            measured = pool.apply(partition, (str(book),))
    except CommandError as error:
        sys.exit(str(error))
    print(json.dumps(measured, indent=2))
    (FOLDER / f"partition-{options.format}.json").write_text(json.dumps(measured, indent=2) + "\n")


def write(book: Path, items: int) -> None:
    """A book of any format; JSON is one array of the lines of a JSON Lines book."""
    if book.suffix != ".json":
        write_book(book, items)
        return
    lines = book.with_suffix(".jsonl")
    if not lines.exists():
        write_book(lines, items)
    with lines.open() as source, book.open("w") as target:
        target.write("[")
        for number, line in enumerate(source):
            target.write("," * (number > 0) + line)
        target.write("]")


def partition(book: str) -> dict:
    env = Environment("local")
    name = f"bench-{int(time.time())}"
    s3, bucket = env.client("s3"), env.deployment.bucket
    key = f"inputs/{name}/{Path(book).name}"
    s3.upload_file(book, bucket, key)
    before = peak_mb()
    started = time.monotonic()
    partitioner = Partitioner(env.jobs, s3, bucket, env.routes, [])
    answer = partitioner.partition(name, {"input": {"uri": f"s3://{bucket}/{key}"}})
    seconds = time.monotonic() - started
    job_record.update(env.jobs, name, {"state": JobState.CANCELLED}, remove=("open",))
    return {
        "items": answer["items"],
        "chunks": answer["chunks"],
        "input_mb": round(Path(book).stat().st_size / 1e6, 1),
        "seconds": round(seconds, 1),
        "items_per_second": round(answer["items"] / seconds),
        "peak_memory_mb": round(peak_mb()),
        "memory_before_mb": round(before),
    }


def peak_mb() -> float:
    """The most memory this process has had, in MB; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    main()
