"""What a job called: the cloud's own counts, by kind."""

import json
import time
from collections import Counter
from collections.abc import Iterable

from embedded_cloud.lifecycle import DIRECT

OWN_CALLS = ("states:DescribeExecution", "states:GetExecutionHistory")  # how the benchmark waits
APART = {"worker": "-route-", "merge": "-merge-results"}  # what is counted apart => what stands in its functions' names
QUIET_SECONDS = 1.5  # a worker's last long poll is one second
LONGEST_SECONDS = 120.0  # results of 10,000 chunks are merged in less
LOOK_SECONDS = 0.3

EXECUTIONS = ("states:StandardExecution", "states:ExpressExecution")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
# S3 prices a LIST like a PUT; deleting and aborting cost nothing.
S3_PUTS = ("PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "PostObject")
S3_LISTS = ("ListObjects", "ListObjectsV2", "ListBucket")
S3_READS = ("GetObject", "HeadObject")


def read(url: str) -> Counter:
    """Everything counted since the cloud was started."""
    with DIRECT.open(f"{url}/_rollcall/calls", timeout=30) as answer:
        return Counter(json.load(answer))


def read_when_quiet(url: str) -> Counter:
    """As soon as nothing more is called, or after some time at most: a sweep may come between."""
    counts, since, began = read(url), time.monotonic(), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS and time.monotonic() - began < LONGEST_SECONDS:
        time.sleep(LOOK_SECONDS)
        now = read(url)
        if now != counts:
            counts, since = now, time.monotonic()
    return counts


def difference(before: Counter, after: Counter) -> dict[str, float]:
    """What was counted in between, but for the benchmark's own calls."""
    grown = {name: after[name] - before[name] for name in sorted(after)}
    return {name: number for name, number in grown.items() if number and name not in OWN_CALLS}


def by_kind(counts: dict[str, float]) -> dict[str, int]:
    """The kinds a job's cost comes from, each the sum of some counts."""
    sqs = sum(number for name, number in counts.items() if name.startswith("sqs:"))
    kinds = {
        "state_transitions": counts.get("states:StateTransition", 0),
        "executions": total(counts, EXECUTIONS),
        "events": counts.get("events:Event", 0),
        "invocations": counts.get("lambda:Invocation", 0),
        "dynamodb_writes": total(counts, (f"dynamodb:{name}" for name in WRITES)),
        "sqs_requests": sqs,
        "s3_puts": total(counts, (f"s3:{name}" for name in (*S3_PUTS, *S3_LISTS))),
        "s3_gets": total(counts, (f"s3:{name}" for name in S3_READS)),
    }
    return {name: round(number) for name, number in kinds.items()}


def total(counts: dict[str, float], names: Iterable[str]) -> float:
    return sum(counts.get(name, 0) for name in names)
