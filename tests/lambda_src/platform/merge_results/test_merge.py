"""A job's results become few files that hold each item once, and a manifest that is there only when all of them are."""

import io
import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest
from tests.samples import part

from merge_results import chunk_results, merge
from merge_results.merge import Merger
from rollcall.barrier import barrier, settled_sets
from rollcall.dispatch import queues
from rollcall.events import ChunkSettled
from rollcall.intake.items import read_items
from rollcall.intake.manifests import Manifest, write_index
from rollcall.intake.sources import source_at
from rollcall.receipts import receipts
from rollcall.receipts.verification import verify
from rollcall.records import jobs as job_record
from rollcall.records import products, results
from rollcall.records.plans import Plan

ODD = ["\u2028", "😀", 'quo"te\\', "é", "e\u0301", "\u2029x"]


class Place:
    """A job and its merger; what is put on the bus is kept in `asked`."""

    def __init__(self, cloud):
        self.cloud, self.s3, self.bucket = cloud, cloud.s3, cloud.bucket
        self.merger = Merger(cloud.jobs, cloud.s3, None, cloud.bucket, "bus")
        self.asked = []
        self.entries: list[dict] = []

    def run(self, ids: list[list[str]], failed=(), settled=None, late=(), status="PARTIAL", **base):
        """A run of chunks with these items that has ended; chunks that are `late` have a result, and did not settle."""
        number = len(self.entries) + 1
        total = sum(map(len, ids))
        key = f"jobs/job/runs/{number}/manifests/fx.jsonl"
        plan = Plan("job", number, "", [part("fx", len(ids), items=total, manifest=key)], **base)
        self.write_items(plan, ids)
        job_record.write_plan(self.cloud.jobs, plan)
        settled = range(len(ids)) if settled is None else settled
        for chunk in [*settled, *late]:
            counts = self.write_result(number, chunk, ids[chunk], failed)
            if chunk in settled:
                settlement = ChunkSettled("job", number, chunk, 1, *counts, "lambda", "a", "b")
                barrier.settle(plan, [settlement], self.cloud.progress, self.cloud.jobs, None)
        self.end(plan, status)

    def write_items(self, plan: Plan, ids: list[list[str]]) -> None:
        manifest = Manifest(body := io.BytesIO(), 10**6)
        for chunk in ids:
            for name in chunk:
                manifest.add(item(name))
            manifest.close_chunk()
        self.s3.put_object(Bucket=self.bucket, Key=plan.parts[0].manifest, Body=body.getvalue())
        write_index([manifest], "job", plan.run, self.bucket, self.s3)

    def write_result(self, run: int, chunk: int, names: list[str], failed) -> tuple[int, int]:
        lines = [answer(name, run, name in failed) for name in names]
        count = sum(name in failed for name in names)
        return results.write_once(self.s3, self.bucket, results.result_key("job", run, chunk), lines, count)

    def end(self, plan: Plan, status: str) -> None:
        sets = settled_sets.read_sets(self.cloud.progress, plan)
        at = job_record.now()
        row = {"state": status, "created_at": at, "partitioned_at": at, "finished_at": at}
        counts = {"succeeded": plan.total - sets.failed, "failed": sets.failed, "not_run": 0}
        receipt = receipts.build(row, counts, plan, sets, self.entries)
        self.entries = receipt["runs"]
        receipts.write_once(self.s3, self.bucket, receipt)

    def manifest(self, run: int = 1) -> dict | None:
        return products.read_manifest(self.s3, self.bucket, "job", run)

    def read(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def lines(self, run: int = 1) -> list[dict]:
        return list(products.read_lines(self.s3, self.bucket, self.manifest(run)["files"]))

    def differences(self) -> list[str]:
        receipt = receipts.read(self.s3, self.bucket, "job")
        plans = {entry["run"]: job_record.read_plan(self.cloud.jobs, "job", entry["run"]) for entry in self.entries}
        return verify(self.s3, self.bucket, receipt, plans).differences

    def standing(self, run: int = 1) -> dict[str, tuple[bool, int]]:
        """By id whether an item succeeded, and in which run."""
        lines = self.lines(run)
        assert max(Counter(line["id"] for line in lines).values(), default=1) == 1
        return {
            line["id"]: (line["ok"], line["result"]["run"] if line["ok"] else int(line["error"]["message"]))
            for line in lines
        }


def item(name: str) -> dict:
    return {"id": name, "data_type": "fx", "spot": 1.5, "book": {"of": name}}


def answer(name: str, run: int, fails: bool) -> str:
    if fails:
        return results.failure_line(item(name), ValueError(str(run)), False, 1)
    return results.success_line(item(name), {"run": run})


def names(chunks: int, size: int = 3) -> list[list[str]]:
    return [[f"{chunk}-{number}" for number in range(size)] for chunk in range(chunks)]


@pytest.fixture
def place(cloud, monkeypatch) -> Place:
    place = Place(cloud)
    monkeypatch.setattr(queues, "put", lambda client, bus, events: place.asked.extend(events))
    return place


def test_every_item_is_in_one_file_and_the_manifest_counts_and_digests_them(place):
    place.run(names(4), failed={"1-1", "3-0"})
    place.merger.merge_run("job", 1)
    manifest = place.manifest()
    told = {name: manifest[name] for name in ("job_id", "run", "status", "succeeded", "failed", "not_run")}
    assert told == {"job_id": "job", "run": 1, "status": "PARTIAL", "succeeded": 10, "failed": 2, "not_run": 0}
    assert [(file["kind"], file["items"]) for file in manifest["files"]] == [("succeeded", 10), ("failed", 2)]
    for file in manifest["files"]:
        body = place.read(file["key"])
        assert (len(body), sha256(body).hexdigest()) == (file["bytes"], file["sha256"])
    assert place.standing() == {name: (name not in ("1-1", "3-0"), 1) for name in sum(names(4), [])}


def altered(place, kind: str, change) -> list[str]:
    """How the products differ from the results once the bytes of a file have been changed."""
    place.run(names(3), failed={"1-1"})
    place.merger.merge_run("job", 1)
    assert place.differences() == []
    file = next(file for file in place.manifest()["files"] if file["kind"] == kind)
    place.s3.put_object(Bucket=place.bucket, Key=file["key"], Body=change(place.read(file["key"])))
    return place.differences()


def test_a_file_that_was_changed_is_not_what_its_manifest_says(place):
    (difference,) = altered(place, "succeeded", lambda body: body.replace(b'{"run":1}', b'{"run":2}'))
    assert "succeeded-00000.jsonl is not what its manifest says; it has {'sha256': " in difference


@pytest.mark.parametrize("kind", ["succeeded", "failed"])
def test_an_item_that_is_missing_in_a_file_or_there_twice_is_found(place, kind):
    file, items = altered(place, kind, lambda body: body + body.splitlines(keepends=True)[0])
    assert "is not what its manifest says; it has {'items': " in file
    assert items == "the items in the products are not those of the results"


def test_a_result_that_was_changed_after_the_merge_is_found(place):
    place.run(names(3))
    place.merger.merge_run("job", 1)
    key = results.result_key("job", 1, 1)
    place.s3.delete_object(Bucket=place.bucket, Key=key)
    place.write_result(1, 1, names(3)[1], {"1-0"})
    assert "items succeeded: the manifest of products says 9, the results say 8" in place.differences()


def test_lines_are_those_of_the_results(place):
    place.run(names(2), failed={"1-1"})
    place.merger.merge_run("job", 1)
    assert sorted(map(json.dumps, place.lines())) == sorted(
        json.dumps(line) for line in results.read_results(place.s3, place.bucket, "job")
    )


def test_what_failed_can_be_submitted_again_as_it_was(place):
    place.run([ODD, ["b"]], failed={*ODD, "b"})
    place.merger.merge_run("job", 1)
    (file,) = place.manifest()["files"]
    items = read_items(source_at(f"s3://{place.bucket}/{file['key']}", place.s3))
    assert list(items) == [item(name) for name in [*ODD, "b"]]


def test_many_items_are_merged_section_by_section_and_the_manifest_comes_last(place, monkeypatch):
    monkeypatch.setattr(merge, "ITEMS_A_SECTION", 5)
    place.run(names(10), failed={"9-2"})
    place.merger.merge_run("job", 1)
    assert [request.section for request in place.asked] == [0, 1, 2, 3, 4, 5]
    for request in reversed(place.asked):
        assert place.manifest() is None
        place.merger.merge_section(request)
    assert len(place.manifest()["files"]) == 7
    assert place.standing() == {name: (name != "9-2", 1) for name in sum(names(10), [])}


@pytest.mark.parametrize("items, chunks", [(1_000_000, 1_000_000), (1_000_000, 10_000), (1_000_000, 3), (999_999, 7)])
def test_a_million_items_are_in_at_most_64_files_whatever_the_chunk_size(items, chunks):
    receipt = {"expected": {"items": items}, "runs": [{"run": 1, "chunks": chunks}]}
    sections = merge.sections_of(receipt)
    assert 2 * sections <= 64
    covered = [stretch for section in range(sections) for stretch in merge.stretches_of(receipt, section)]
    assert [chunk for each in covered for chunk in range(each.first, each.first + each.count)] == list(range(chunks))


def test_a_section_merged_again_comes_out_the_same(place, monkeypatch):
    monkeypatch.setattr(merge, "ITEMS_A_SECTION", 3)
    place.run(names(2))
    place.merger.merge_run("job", 1)
    for request in place.asked * 2:
        place.merger.merge_section(request)
    first = place.read(products.manifest_key("job", 1))
    place.merger.merge_section(place.asked[0])
    assert place.read(products.manifest_key("job", 1)) == first


def test_a_run_told_of_again_is_not_merged_again(place, monkeypatch):
    place.run(names(1))
    place.merger.merge_run("job", 1)
    monkeypatch.setattr(Merger, "merge", lambda *_: 1 / 0)
    place.merger.merge_run("job", 1)


@pytest.mark.parametrize("dies_at", ["put_object", "create_multipart_upload", "complete_multipart_upload"])
def test_a_merge_that_died_midway_leaves_no_manifest_and_is_made_again(place, monkeypatch, dies_at):
    monkeypatch.setattr(products, "PART_BYTES", 1 if "multipart" in dies_at else 10**6)
    place.run(names(2), failed={"0-0"})
    with monkeypatch.context() as patched:
        patched.setattr(place.s3, dies_at, lambda **_: 1 / 0)
        with pytest.raises(Exception):  # noqa: B017
            place.merger.merge_run("job", 1)
    assert place.manifest() is None
    place.merger.merge_run("job", 1)
    assert len(place.standing()) == 6


def test_large_results_are_streamed(place, monkeypatch):
    monkeypatch.setattr(chunk_results, "SMALL_BYTES", 0)
    monkeypatch.setattr(products, "READ_BYTES", 7)
    place.run(names(3), failed={"2-1"})
    place.merger.merge_run("job", 1)
    assert place.standing() == {name: (name != "2-1", 1) for name in sum(names(3), [])}


def test_files_larger_than_a_part_are_whole(place):
    big = "x" * 3_000_000
    place.run([["a", "b", "c"], ["d"]])
    for chunk, ids in enumerate([["a", "b", "c"], ["d"]]):
        key = results.result_key("job", 1, chunk)
        place.s3.delete_object(Bucket=place.bucket, Key=key)
        results.write_once(place.s3, place.bucket, key, [results.success_line(item(each), big) for each in ids], 0)
    place.merger.merge_run("job", 1)
    (file,) = place.manifest()["files"]
    body = place.read(file["key"])
    assert (len(body), sha256(body).hexdigest()) == (file["bytes"], file["sha256"])
    assert [line["result"] for line in place.lines()] == [big] * 4


def test_an_empty_job_has_a_manifest_of_no_files(place):
    place.run([])
    place.merger.merge_run("job", 1)
    assert place.manifest()["files"] == []


def test_a_job_that_ended_before_it_had_items_has_none(place):
    place.merger.merge_run("job", 1)
    assert place.manifest() is None


def test_of_a_job_that_failed_whole_there_are_only_failures(place):
    place.run(names(2), failed=set(sum(names(2), [])), status="FAILED")
    place.merger.merge_run("job", 1)
    assert [(file["kind"], file["items"]) for file in place.manifest()["files"]] == [("failed", 6)]


def test_of_a_cancelled_job_there_is_what_settled_and_not_what_came_later(place):
    place.run(names(4), settled=[0, 2], late=[3], status="CANCELLED")
    place.merger.merge_run("job", 1)
    assert set(place.standing()) == {"0-0", "0-1", "0-2", "2-0", "2-1", "2-2"}


def test_a_result_that_is_gone_is_not_passed_over(place):
    place.run(names(2))
    place.s3.delete_object(Bucket=place.bucket, Key=results.result_key("job", 1, 1))
    with pytest.raises(place.s3.exceptions.NoSuchKey):
        place.merger.merge_run("job", 1)
    assert place.manifest() is None


def test_each_run_has_products_of_the_whole_job_and_those_before_stay(place, monkeypatch):
    monkeypatch.setattr(merge, "ITEMS_A_SECTION", 4)
    place.run(names(3), failed={"0-0", "1-1", "2-2"})
    place.run([["0-0", "1-1"], ["2-2"]], failed={"1-1"}, base_succeeded=6)
    for run in (1, 2):
        place.merger.merge_run("job", run)
        for request in place.asked:
            place.merger.merge_section(replace(request))
        place.asked.clear()
    failed = {"0-0", "1-1", "2-2"}
    assert place.standing(1) == {name: (name not in failed, 1) for name in sum(names(3), [])}
    assert place.standing(2) == {name: (name != "1-1", 2 if name in failed else 1) for name in sum(names(3), [])}


def test_of_a_redrive_that_was_cancelled_items_stand_as_before(place):
    place.run(names(2, 2), failed={"0-0", "1-1"}, status="FAILED")
    place.run([["0-0"], ["1-1"]], settled=[1], status="CANCELLED", base_succeeded=2)
    place.merger.merge_run("job", 2)
    assert place.standing(2) == {"0-0": (False, 1), "0-1": (True, 1), "1-0": (True, 1), "1-1": (True, 2)}


def test_what_came_after_the_end_of_a_run_counts_for_those_after_it(place):
    place.run(names(2, 1), settled=[0], late=[1], failed={"1-0"}, status="CANCELLED")
    place.run([["1-0"]], settled=[], late=[0], status="CANCELLED", base_succeeded=1)
    place.run([["x"]], base_succeeded=2)
    place.merger.merge_run("job", 3)
    assert place.standing(3) == {"0-0": (True, 1), "1-0": (True, 2), "x": (True, 3)}
