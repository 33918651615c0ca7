"""The result files of a job in S3: read several at once, newest run first."""

import json
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from summarise_book.tally import Tally, tally_results

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

READERS = 8


def read_tallies(s3: "S3Client", results: str) -> Iterator[Tally]:
    """One tally per result file below s3://bucket/jobs/<job id>/results/<run>/.

    An item answered again by a later run counts there only. So runs are read from the newest to
    the oldest, and only the ids of later runs are kept in memory, not those of the first run,
    which holds nearly all items.
    """
    bucket, prefix = urlsplit(results).netloc, urlsplit(results).path.lstrip("/")
    runs = keys_by_run(s3, bucket, prefix)
    answered: set[str] = set()
    with ThreadPoolExecutor(READERS) as readers:
        for run in sorted(runs, reverse=True):
            answered_now: set[str] = set()
            for tally in readers.map(partial(tally_file, s3, bucket, answered=answered), runs[run]):
                if run != min(runs):
                    answered_now.update(tally.ids)
                yield tally
            answered |= answered_now


def keys_by_run(s3: "S3Client", bucket: str, prefix: str) -> dict[int, list[str]]:
    """The keys of all result files, by the number of their run."""
    runs = defaultdict(list)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            run, separator, _ = found["Key"].removeprefix(prefix).partition("/")
            if separator and run.isdigit():
                runs[int(run)].append(found["Key"])
    return runs


def tally_file(s3: "S3Client", bucket: str, key: str, answered: set[str]) -> Tally:
    """The tally of one result file, read as a stream."""
    lines = s3.get_object(Bucket=bucket, Key=key)["Body"].iter_lines()
    return tally_results(lines, answered)


def write_summary(s3: "S3Client", bucket: str, summary: dict) -> None:
    s3.put_object(
        Bucket=bucket,
        Key=f"jobs/{summary['job_id']}/summary.json",
        Body=json.dumps(summary, indent=2).encode(),
        ContentType="application/json",
    )
