"""The result files of a job in S3: read several at once, newest run first."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from summarise_book.tally import Tally, tally_results

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

READERS = 32
READ_AHEAD = 4 * READERS  # files asked for and not yet added up: memory does not grow with their number


def read_tallies(s3: "S3Client", results: str) -> Iterator[Tally]:
    """One tally per result file below s3://bucket/jobs/<job id>/results/<run>/.

    An item answered again by a later run counts there only. So runs are read from the newest to
    the oldest, and only the ids of later runs are kept in memory, not those of the first run,
    which holds nearly all items.
    """
    bucket, prefix = urlsplit(results).netloc, urlsplit(results).path.lstrip("/")
    runs = sorted(list_runs(s3, bucket, prefix), reverse=True)
    answered: set[str] = set()
    with ThreadPoolExecutor(READERS) as readers:
        for run in runs:
            answered_now: set[str] = set()
            keys = list_keys(s3, bucket, f"{prefix}{run}/")
            for tally in read_ahead(readers, partial(tally_file, s3, bucket, answered=answered), keys):
                if run != runs[-1]:
                    answered_now.update(tally.ids)
                yield tally
            answered |= answered_now


def list_runs(s3: "S3Client", bucket: str, prefix: str) -> Iterator[int]:
    """The numbers of the runs that have results."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
        names = (found["Prefix"].removeprefix(prefix).rstrip("/") for found in page.get("CommonPrefixes", ()))
        yield from (int(name) for name in names if name.isdigit())


def list_keys(s3: "S3Client", bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (found["Key"] for found in page.get("Contents", ()))


def read_ahead(readers: Executor, read: Callable[[str], Tally], keys: Iterable[str]) -> Iterator[Tally]:
    """What is read by each key, in order."""
    waiting: deque[Future[Tally]] = deque()
    for key in keys:
        waiting.append(readers.submit(read, key))
        if len(waiting) == READ_AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


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
