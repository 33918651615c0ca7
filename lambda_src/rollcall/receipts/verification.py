"""Verifying a receipt: recomputing it from the results themselves, each held against the items of its chunk."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rollcall.barrier.settled_sets import digest
from rollcall.intake.manifests import read_chunk, read_index
from rollcall.ranges import batches
from rollcall.receipts import product_check
from rollcall.receipts.receipts import settled_chunks
from rollcall.records import products, results
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
    """Compare a receipt with the results of its job, and these with the items, the plans of its runs, and its products.

    A result written after its run had ended, as after a cancel, is noted. It does not count for the run
    itself, but for the runs after it, which found it there. In memory are the ids of redriven items and
    some chunks.
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
    found = Answers(s3, bucket, plans, keys, verdict).count()
    total = plans[receipt["run"]].total
    verdict.expect("items expected", receipt["expected"]["items"], total)
    verdict.expect("items succeeded", receipt["succeeded"], found.succeeded)
    verdict.expect("items failed", receipt["failed"], found.failed)
    verdict.expect("items not run", receipt["not_run"], total - found.succeeded - found.failed)
    if manifest := products.read_manifest(s3, bucket, receipt["job_id"], receipt["run"]):
        verdict.differences += product_check.differences(s3, bucket, manifest, found)
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


@dataclass(frozen=True)
class Answers:
    """The results of runs: by run its plan and the keys of its result objects, in the order of their chunks."""

    s3: "S3Client"
    bucket: str
    plans: dict[int, Plan]
    keys: dict[int, list[str]]
    verdict: Verdict

    def count(self) -> product_check.Answers:
        """The items, each by the newest run that answered it."""
        redriven: dict[str, bool] = {}
        for run in sorted(run for run in self.keys if run > 1):
            redriven |= {line["id"]: line["ok"] for line in self.of_run(run)}
        counted = product_check.Answers()
        for identifier, ok in redriven.items():
            counted.add(identifier, ok)
        for line in self.of_run(1):
            if line["id"] not in redriven:
                counted.add(line["id"], line["ok"])
        return counted

    def of_run(self, run: int) -> Iterator[dict]:
        """The result lines of a run; ids of a chunk that are not those of its items are differences."""
        plan, keys = self.plans[run], {results.chunk_of(key): key for key in self.keys[run]}
        index = enumerate(read_index(plan.job_id, run, self.bucket, self.s3, 0, plan.chunks))
        named: list[str] = []
        more = 0
        with ThreadPoolExecutor(results.READERS) as pool:
            for some in batches((each for each in index if each[0] in keys), results.READERS):
                for lines, differ in pool.map(lambda each: self.of_chunk(plan, keys, *each), some):
                    more += max(0, len(named) + len(differ) - NAMED)
                    named += differ[: NAMED - len(named)]
                    yield from lines
        self.verdict.differences += [f"run {run}: {each}" for each in named]
        self.verdict.differences += [f"run {run}: {more:,} more items differ"] if more else []

    def of_chunk(
        self, plan: Plan, keys: dict[int, str], chunk: int, place: tuple[int, int, int]
    ) -> tuple[list[dict], list[str]]:
        """(the result lines of a chunk, how their ids differ from those of its items)."""
        items = read_chunk(plan.part_of(chunk).manifest, self.bucket, self.s3, *place[:2])
        lines = [json.loads(line) for line in results.read_object(self.s3, self.bucket, keys[chunk]).splitlines()]
        answered = Counter(line["id"] for line in lines)
        return lines, list(ids_that_differ(chunk, answered, {item["id"] for item in items}))


def ids_that_differ(chunk: int, answered: Counter[str], expected: set[str]) -> Iterator[str]:
    """What is wrong with the ids that a chunk's result answers."""
    for identifier, times in answered.items():
        if identifier not in expected:
            yield f"chunk {chunk} answers item {identifier!r}, which is none of its items"
        elif times > 1:
            yield f"item {identifier!r} has more than one result"
    for identifier in sorted(expected - answered.keys()):
        yield f"chunk {chunk} does not answer its item {identifier!r}"


def named(chunks: list[int]) -> str:
    """Chunks in words: the first few numbers, and how many more there are."""
    numbers = ", ".join(map(str, chunks[:NAMED]))
    more = f" and {len(chunks) - NAMED:,} more" if len(chunks) > NAMED else ""
    return f"chunk{'s' if len(chunks) > 1 else ''} {numbers}{more}"
