"""Results: one JSON Lines object per chunk; the first one written stands.

A chunk may run more than once. Its result is written only if none exists, and what is settled is
what is stored, so every repetition settles the chunk with the same counts.
"""

import dataclasses
import json
import math
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from botocore.exceptions import ClientError

from rollcall.intake.limits import MAX_ITEM_BYTES
from rollcall.intake.manifests import encode, job_prefix
from rollcall.ranges import batches

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

READERS = 8
# S3 takes 3,500 writes a second for keys that begin alike until it has split them up. Chunks that are written at the
# same time are neighbours, and neighbours lie apart.
SPREAD = 16
LONGEST_MESSAGE = 1000
ABSENT = ("NoSuchKey", "404", "AccessDenied", "403")  # without ListBucket a missing object looks forbidden


def results_prefix(job_id: str) -> str:
    return f"{job_prefix(job_id)}results/"


def result_key(job_id: str, run: int, chunk: int) -> str:
    return f"{results_prefix(job_id)}{run}/{chunk % SPREAD:x}/{chunk:08d}.jsonl"


def success_line(item: dict, result: object) -> str:
    """The line of an item that was calculated.

    Text stands for a Decimal, a date, a time and a UUID, an object for a dataclass, its value for an Enum, and a plain
    number for a number of numpy. Raises TypeError for anything else that JSON does not have, and ValueError for NaN,
    infinity, a result within itself, and one of more than 10 MB; both name the place.
    """
    line = {"id": item["id"], "data_type": item["data_type"], "ok": True, "result": result}
    try:
        text = encode_result(line)
    except (TypeError, ValueError, RecursionError) as error:
        raise type(error)(f"{place_of_trouble(result)}; return plain values ({error})") from None
    if len(text) > MAX_ITEM_BYTES:
        size = f"{len(text):,} bytes of JSON, more than {MAX_ITEM_BYTES:,}"
        raise ValueError(f"the result is {size}; write it to S3 and return its address")
    return text


def place_of_trouble(result: object) -> str:
    for place, value in not_json(result, "result"):
        what = str(value) if isinstance(value, float) else f"a {type(value).__name__}"
        return f"{place} is {what}, which JSON does not have"
    return "the result cannot be written as JSON"


def plain(value: Any) -> object:
    """What stands in JSON for a value that it does not have; raises TypeError where nothing does."""
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


encode_result = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=plain).encode


def not_json(value: Any, place: str, within: tuple[int, ...] = ()) -> Iterator[tuple[str, object]]:
    """(place, value) of all that keeps a result from being JSON."""
    if id(value) in within:
        yield place, value
    elif isinstance(value, dict):
        for key, below in value.items():
            if not isinstance(key, str | int | float | bool | None):
                yield f"a key of {place}", key
            yield from not_json(below, f"{place}[{key!r}]", (*within, id(value)))
    elif isinstance(value, list | tuple):
        for number, below in enumerate(value):
            yield from not_json(below, f"{place}[{number}]", (*within, id(value)))
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, value
    elif not isinstance(value, str | int | float | bool | None):
        try:
            stand_in = plain(value)
        except TypeError:
            yield place, value
        else:
            yield from not_json(stand_in, place, (*within, id(value)))


def failure_line(item: dict, error: BaseException, retryable: bool, attempts: int) -> str:
    """`retryable` says whether the same item may succeed another time, `attempts` how often it was tried."""
    reason: dict[str, str | int] = {"type": type(error).__name__, "message": words_of(error)}
    if cause := error.__cause__:
        reason["cause"] = f"{type(cause).__name__}: {words_of(cause)}"[:LONGEST_MESSAGE]
    reason |= {"retryable": retryable, "attempts": attempts}
    return encode({"id": item["id"], "data_type": item["data_type"], "ok": False, "error": reason})


def words_of(error: BaseException) -> str:
    """An exception's message; an exception of a calculation may not even be able to say it."""
    try:
        return str(error)[:LONGEST_MESSAGE]
    except BaseException as another:
        return f"(its message cannot be read: {type(another).__name__} in its __str__)"


def write_once(s3: "S3Client", bucket: str, key: str, lines: list[str], failed: int) -> tuple[int, int]:
    """Write a chunk's result lines unless there are some; (succeeded, failed) of what is stored then."""
    counts = {"succeeded": str(len(lines) - failed), "failed": str(failed)}
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=("\n".join(lines) + "\n").encode(), Metadata=counts, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        stored = stored_counts(s3, bucket, key)
        if stored is None:
            raise
        return stored
    return len(lines) - failed, failed


def stored_counts(s3: "S3Client", bucket: str, key: str) -> tuple[int, int] | None:
    """(succeeded, failed) of a chunk's stored result; None when it has none."""
    try:
        metadata = s3.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise
        return None
    return int(metadata["succeeded"]), int(metadata["failed"])


def result_keys(s3: "S3Client", bucket: str, job_id: str) -> dict[int, list[str]]:
    """The keys of a job's results by run, chunk by chunk."""
    runs: dict[int, list[str]] = {}
    prefix = results_prefix(job_id)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            runs.setdefault(int(entry["Key"].removeprefix(prefix).partition("/")[0]), []).append(entry["Key"])
    return {run: sorted(keys, key=chunk_of) for run, keys in runs.items()}


def chunk_of(key: str) -> int:
    """The number of the chunk a result key belongs to."""
    return int(key.rpartition("/")[2].removesuffix(".jsonl"))


def read_results(s3: "S3Client", bucket: str, job_id: str) -> Iterator[dict]:
    """Every result line of a job as a dict: of each item the line of the newest run that answered it."""
    runs = result_keys(s3, bucket, job_id)
    redriven = newest_lines(s3, bucket, runs)
    for line in read_lines(s3, bucket, runs.get(1, [])):
        if line["id"] not in redriven:
            yield line
    yield from redriven.values()


def newest_lines(s3: "S3Client", bucket: str, runs: dict[int, list[str]]) -> dict[str, dict]:
    """The newest line of every item that a redrive answered; these are in memory, those of run 1 never are."""
    later = sorted(run for run in runs if run > 1)
    return {line["id"]: line for run in later for line in read_lines(s3, bucket, runs[run])}


def read_lines(s3: "S3Client", bucket: str, keys: Iterable[str]) -> Iterator[dict]:
    """The lines of some result objects in order, a few objects read at once."""
    with ThreadPoolExecutor(READERS) as pool:
        for some in batches(keys, READERS):
            for body in pool.map(lambda key: read_object(s3, bucket, key), some):
                yield from map(json.loads, body.splitlines())


def read_object(s3: "S3Client", bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
