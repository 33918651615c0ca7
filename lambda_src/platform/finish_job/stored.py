"""The record of a run whose engine kept none: what has a result has settled."""

from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

from rollcall.barrier import settled_sets as sets
from rollcall.records import results
from rollcall.records.plans import Plan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3.client import S3Client


def settle(plan: Plan, s3: "S3Client", bucket: str, progress: "Table") -> None:
    """Fill the sets of settled chunks from the results of a run; it may be repeated, and opens no barrier."""
    keys = {results.chunk_of(key): key for key in results.result_keys(s3, bucket, plan.job_id).get(plan.run, [])}
    with ThreadPoolExecutor(results.READERS) as pool:
        counts = pool.map(lambda key: results.stored_counts(s3, bucket, key), keys.values())
        failed = {chunk: found[1] for chunk, found in zip(keys, counts, strict=True) if found}
    for (shard, _), chunks in groupby(sorted(failed), plan.shard_of):
        sets.add_once(progress, sets.shard_key(plan, shard), {chunk: failed[chunk] for chunk in chunks})
