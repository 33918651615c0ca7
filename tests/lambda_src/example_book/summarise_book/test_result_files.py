"""However many result files there are, only some are in memory."""

import json
import threading
import tracemalloc
from io import BytesIO

import pytest

from summarise_book.book_summary import MOST_PARTS, merge, summarise
from summarise_book.result_files import READ_AHEAD, read_tallies

PAGE = 1000


class Body(BytesIO):
    def iter_lines(self):
        return iter(self.getvalue().splitlines())


class EndlessResults:
    """An S3 client with a run of so many files of one item each; `most` were read and not yet taken at once."""

    def __init__(self, files: int):
        self.files, self.read, self.taken, self.most, self.counting = files, 0, 0, 0, threading.Lock()

    def get_paginator(self, _name: str) -> "EndlessResults":
        return self

    def paginate(self, Bucket: str, Prefix: str, Delimiter: str = ""):  # noqa: N803  as a client has it
        if Delimiter:
            yield {"CommonPrefixes": [{"Prefix": f"{Prefix}1/"}]}
            return
        for start in range(0, self.files, PAGE):
            yield {"Contents": [{"Key": f"{Prefix}0/{number:08d}"} for number in range(start, start + PAGE)]}

    def get_object(self, Bucket: str, Key: str) -> dict:  # noqa: N803
        number = int(Key.rpartition("/")[2])
        line = {"id": f"i{number}", "data_type": "scenario", "ok": True, "result": {"value": 0.1, "pnl": -number}}
        with self.counting:
            self.read += 1
            self.most = max(self.most, self.read - self.taken)
        return {"Body": Body(json.dumps(line).encode())}

    def tallies(self):
        for tally in read_tallies(self, "s3://rollcall/jobs/night/results/"):
            with self.counting:
                self.taken += 1
            yield tally


def test_only_some_files_are_read_ahead_of_those_that_have_been_added_up():
    s3 = EndlessResults(5 * PAGE)
    summary = summarise({"job_id": "night", "items": 5 * PAGE, "products": ""}, s3.tallies())
    assert (summary["succeeded"], summary["scenarios"], summary["worst_scenario"]) == (5 * PAGE, 5 * PAGE, "i4999")
    assert summary["total_value"] == pytest.approx(500)
    assert s3.most <= READ_AHEAD + 1


def test_memory_grows_by_the_eight_bytes_of_each_scenario_only():
    def peak(files: int) -> int:
        tracemalloc.start()
        types, scenarios = merge(EndlessResults(files).tallies())
        assert len(scenarios.pnls) == files
        assert len(types["scenario"].measures["value"]) <= MOST_PARTS + 3
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    few = peak(4 * PAGE)
    assert peak(12 * PAGE) - few < 40 * 8 * PAGE
