"""Which items of a job a redrive runs again: by how they stand after all runs so far."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rollcall.intake.manifests import read_chunk, read_index
from rollcall.ranges import batches
from rollcall.records import results
from rollcall.records.plans import Plan

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


@dataclass
class Selection:
    """Items of a job, chosen among "failed" and "missing" ones and by an error; `plan` is that of its first run.

    `error` is a regular expression searched for in "Type: message". `left` counts, once `items` has
    yielded all, how the items that were not chosen stand: "succeeded", "failed", "missing".
    """

    s3: "S3Client"
    bucket: str
    plan: Plan
    select: list[str]
    error: str | None
    left: Counter[str] = field(default_factory=Counter)

    def items(self) -> Iterator[dict]:
        """The chosen items as they were submitted, a few chunks read at once."""
        runs = results.result_keys(self.s3, self.bucket, self.plan.job_id)
        self.redriven = results.newest_lines(self.s3, self.bucket, runs)
        self.keys = {results.chunk_of(key): key for key in runs.get(1, [])}
        index = read_index(self.plan.job_id, 1, self.bucket, self.s3, 0, self.plan.chunks)
        with ThreadPoolExecutor(results.READERS) as pool:
            for some in batches(enumerate(index), results.READERS):
                for chosen, left in pool.map(lambda entry: self.of_chunk(*entry), some):
                    self.left += left
                    yield from chosen

    def of_chunk(self, chunk: int, place: tuple[int, int, int]) -> tuple[list[dict], Counter[str]]:
        """(the chosen items of a chunk, how the others stand); the items are read only where they are needed."""
        lines = {}
        if key := self.keys.get(chunk):
            lines = {line["id"]: line for line in results.read_lines(self.s3, self.bucket, [key])}
            stand = Counter(how for how, chosen in map(self.standing, lines, lines.values()) if not chosen)
            if stand.total() == len(lines):
                return [], stand
        offset, length, _ = place
        items = read_chunk(self.plan.part_of(chunk).manifest, self.bucket, self.s3, offset, length)
        judged = [(item, *self.standing(item["id"], lines.get(item["id"]))) for item in items]
        return [item for item, _, chosen in judged if chosen], Counter(how for _, how, chosen in judged if not chosen)

    def standing(self, identifier: str, line: dict | None) -> tuple[str, bool]:
        """(how an item stands after its newest run, whether it is one of those asked for)."""
        line = self.redriven.get(identifier, line)
        if line is None:
            return "missing", "missing" in self.select
        if line["ok"]:
            return "succeeded", False
        error = f"{line['error']['type']}: {line['error']['message']}"
        return "failed", "failed" in self.select and (not self.error or re.search(self.error, error) is not None)
