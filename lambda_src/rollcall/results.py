"""Results: one JSON Lines object per chunk; the first one written stands.

A chunk may run more than once. Its result is written only if none exists, and what is settled is
what is stored, so every repetition settles the chunk with the same counts.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from rollcall.manifests import encode, job_prefix

READERS = 8


def results_prefix(job_id: str) -> str:
    return f"{job_prefix(job_id)}results/"


def result_key(job_id: str, run: int, chunk: int) -> str:
    return f"{results_prefix(job_id)}{run}/{chunk:08d}.jsonl"


def success_line(item: dict, result: dict) -> str:
    """Raises TypeError or ValueError when the result is not JSON (NaN and infinity are not)."""
    return encode({"id": item["id"], "data_type": item["data_type"], "ok": True, "result": result})


def failure_line(item: dict, error: Exception) -> str:
    reason = {"type": type(error).__name__, "message": str(error)[:1000]}
    return encode({"id": item["id"], "data_type": item["data_type"], "ok": False, "error": reason})


def write_once(s3, bucket: str, key: str, lines: list[str], failed: int) -> tuple[int, int]:
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


def stored_counts(s3, bucket: str, key: str) -> tuple[int, int] | None:
    """(succeeded, failed) of a chunk's stored result; None when it has none."""
    try:
        metadata = s3.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "403"):  # 403 stands for "no such key" without ListBucket
            raise
        return None
    return int(metadata["succeeded"]), int(metadata["failed"])


def read_results(s3, bucket: str, job_id: str) -> Iterator[dict]:
    """Every result line of a job as a dict, chunk by chunk, with a few chunks read at once."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=results_prefix(job_id))
    with ThreadPoolExecutor(READERS) as pool:
        for page in pages:
            keys = [entry["Key"] for entry in page.get("Contents", [])]
            for start in range(0, len(keys), READERS):
                bodies = pool.map(lambda key: read_object(s3, bucket, key), keys[start : start + READERS])
                for body in bodies:
                    yield from map(json.loads, body.splitlines())


def read_object(s3, bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
