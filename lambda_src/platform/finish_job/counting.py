"""Exact counts of a job whose run has ended, also when it did not settle wholly."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from rollcall.barrier.settled_sets import SettledSets
from rollcall.intake.manifests import read_chunk, read_index
from rollcall.records import results
from rollcall.records.plans import Plan

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


def count(plan: Plan, sets: SettledSets, s3: "S3Client", bucket: str) -> dict[str, int]:
    """{"succeeded", "failed", "not_run"}: items of the whole job, as they stand after this run.

    Of a chunk that did not settle, the items that failed in a run before still count as failed.
    """
    unsettled = [] if sets.complete else list(unsettled_chunks(plan, sets, s3, bucket))
    left = sum(items for _, _, _, items in unsettled)
    failed_before = answered_before(plan, unsettled, s3, bucket) if plan.run > 1 and unsettled else 0
    return {
        "succeeded": plan.base_succeeded + plan.items - left - sets.failed,
        "failed": plan.base_failed + sets.failed + failed_before,
        "not_run": plan.base_not_run + left - failed_before,
    }


def unsettled_chunks(plan: Plan, sets: SettledSets, s3: "S3Client", bucket: str) -> Iterator[tuple[str, int, int, int]]:
    """(manifest, offset, length, items) of each chunk that has not settled."""
    for part in plan.parts:
        missing = set(sets.missing(part))
        index = read_index(plan.job_id, plan.run, bucket, s3, part.first_chunk, part.chunks if missing else 0)
        for chunk, place in enumerate(index, part.first_chunk):
            if chunk in missing:
                yield part.manifest, *place


def answered_before(plan: Plan, chunks: list[tuple], s3: "S3Client", bucket: str) -> int:
    """How many items of some chunks of a redrive have a result of a run before; a redriven item's is a failure."""
    redriven = (read_chunk(manifest, bucket, s3, offset, length) for manifest, offset, length, _ in chunks)
    ids = {item["id"] for item in chain.from_iterable(redriven)}
    stored = results.result_keys(s3, bucket, plan.job_id)
    keys = (key for run in range(1, plan.run) for key in stored.get(run, []))
    return len({line["id"] for line in results.read_lines(s3, bucket, keys) if line["id"] in ids})
