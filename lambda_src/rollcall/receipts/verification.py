"""Verifying a receipt: recomputing it from the results themselves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rollcall.barrier.settled_sets import digest
from rollcall.intake.items import IdHashes
from rollcall.receipts.receipts import settled_chunks
from rollcall.records import results
from rollcall.records.plans import Plan

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

NAMED = 10


@dataclass
class Verdict:
    """Where the results differ from a receipt (nowhere: it is true), and what else was found."""

    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def expect(self, what: str, told: int | str, found: int | str) -> None:
        if told != found:
            self.differences.append(f"{what}: the receipt says {told}, the results say {found}")


def verify(s3: "S3Client", bucket: str, receipt: dict, plans: dict[int, Plan]) -> Verdict:
    """Compare a receipt with the results of its job and with the plans of its runs, by run.

    A result written after its run had ended, as after a cancel, is noted. It does not count for the run
    itself, but for the runs after it, which found it there. In memory are the ids of redriven items and
    eight bytes for each other item.
    """
    verdict = Verdict()
    stored = results.result_keys(s3, bucket, receipt["job_id"])
    keys = {}
    for entry in receipt["runs"]:
        run = entry["run"]
        verdict.expect(f"items of run {run}", entry["items"], plans[run].items)
        verdict.expect(f"chunks of run {run}", entry["chunks"], plans[run].chunks)
        settled = settled_keys(entry, stored.get(run, []), verdict)
        keys[run] = settled if run == receipt["run"] else stored.get(run, [])
    succeeded, failed = count(s3, bucket, keys, verdict)
    total = plans[receipt["run"]].total
    verdict.expect("items expected", receipt["expected"]["items"], total)
    verdict.expect("items succeeded", receipt["succeeded"], succeeded)
    verdict.expect("items failed", receipt["failed"], failed)
    verdict.expect("items not run", receipt["not_run"], total - succeeded - failed)
    return verdict


def settled_keys(entry: dict, keys: list[str], verdict: Verdict) -> list[str]:
    """The result objects of a run's settled chunks, after comparing which chunks have results with its digest."""
    by_chunk = {results.chunk_of(key): key for key in keys}
    settled = settled_chunks(entry)
    run = entry["run"]
    if missing := [chunk for chunk in settled if chunk not in by_chunk]:
        verdict.differences.append(f"run {run}: {named(missing)} settled and without a result")
    found = [chunk for chunk in settled if chunk in by_chunk]
    verdict.expect(f"digest of the settled chunks of run {run}", entry["digest"], digest(found))
    if late := sorted(by_chunk.keys() - set(settled)):
        verdict.notes.append(f"run {run}: {named(late)} with a result written after the run had ended")
    return [by_chunk[chunk] for chunk in found]


def count(s3: "S3Client", bucket: str, keys: dict[int, list[str]], verdict: Verdict) -> tuple[int, int]:
    """(succeeded, failed) items, each by the newest run that answered it; an id answered twice is a difference."""
    redriven: dict[str, bool] = {}
    for run in sorted(run for run in keys if run > 1):
        answered = {}
        for line in results.read_lines(s3, bucket, keys[run]):
            if line["id"] in answered:
                verdict.differences.append(f"run {run}: item {line['id']!r} has more than one result")
            answered[line["id"]] = line["ok"]
        redriven |= answered
    succeeded, failed = sum(redriven.values()), sum(not ok for ok in redriven.values())
    ids = IdHashes()
    for line in results.read_lines(s3, bucket, keys[1]):
        ids.add(line["id"])
        if line["id"] not in redriven:
            succeeded, failed = succeeded + line["ok"], failed + (not line["ok"])
    if repeated := ids.repeated():
        verdict.differences += twice(results.read_lines(s3, bucket, keys[1]), repeated)[:NAMED]
    return succeeded, failed


def twice(lines: Iterator[dict], repeated: set[int]) -> list[str]:
    """Tell ids that really have two lines from those whose hashes are alike by chance."""
    seen: set[str] = set()
    found = []
    for line in lines:
        if hash(line["id"]) in repeated:
            if line["id"] in seen:
                found.append(f"run 1: item {line['id']!r} has more than one result")
            seen.add(line["id"])
    return found


def named(chunks: list[int]) -> str:
    """Chunks in words: the first few numbers, and how many more there are."""
    numbers = ", ".join(map(str, chunks[:NAMED]))
    more = f" and {len(chunks) - NAMED:,} more" if len(chunks) > NAMED else ""
    return f"chunk{'s' if len(chunks) > 1 else ''} {numbers}{more}"
