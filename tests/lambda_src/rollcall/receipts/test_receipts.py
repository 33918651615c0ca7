"""A receipt says what a run came to, is written once, and is found true or false by the results themselves."""

import io

import pytest
from tests.samples import part

from rollcall.barrier import barrier, settled_sets
from rollcall.events import ChunkSettled
from rollcall.intake.manifests import Manifest, write_index
from rollcall.receipts import receipts
from rollcall.receipts.verification import verify
from rollcall.records.jobs import counts_of
from rollcall.records.plans import Plan
from rollcall.records.results import failure_line, result_key, success_line, write_once

ROW = {
    "job_id": "job",
    "state": "PARTIAL",
    "submitted_by": "ada",
    "created_at": "2026-01-01T00:00:00.000+00:00",
    "partitioned_at": "2026-01-01T00:00:01.000+00:00",
    "dispatched_at": "2026-01-01T00:00:02.000+00:00",
    "settled_at": "2026-01-01T00:00:09.000+00:00",
    "finished_at": "2026-01-01T00:00:10.500+00:00",
    "lock": "book",
}


@pytest.fixture
def plan(cloud) -> Plan:
    """Five chunks of ten items in two parts, with their manifests."""
    plan = Plan("job", 1, "", [part("equity", 3), part("fx", 2, first_chunk=3, first_shard=1)])
    write_items(cloud, plan, [[f"{chunk}-{n}" for n in range(10)] for chunk in range(5)])
    return plan


def write_items(cloud, plan: Plan, ids: list[list[str]]) -> None:
    """Write the manifests and the index of a run of chunks with these items."""
    manifests = []
    for each in plan.parts:
        manifest = Manifest(body := io.BytesIO(), 10**6)
        for chunk in ids[each.first_chunk : each.first_chunk + each.chunks]:
            for name in chunk:
                manifest.add({"id": name, "data_type": each.data_type})
            manifest.close_chunk()
        cloud.s3.put_object(Bucket=cloud.bucket, Key=each.manifest, Body=body.getvalue())
        manifests.append(manifest)
    write_index(manifests, plan.job_id, plan.run, cloud.bucket, cloud.s3)


def run(cloud, plan: Plan, failed_by_chunk: dict[int, int], settle: bool = True) -> None:
    """Write the results of some chunks, and settle them."""
    for chunk, failed in failed_by_chunk.items():
        items = [{"id": f"{chunk}-{n}", "data_type": "equity"} for n in range(10)]
        lines = [failure_line(item, ValueError("no"), False, 1) for item in items[:failed]]
        lines += [success_line(item, {}) for item in items[failed:]]
        write_once(cloud.s3, cloud.bucket, result_key("job", plan.run, chunk), lines, failed)
        settled = ChunkSettled("job", plan.run, chunk, 2, 10 - failed, failed, "lambda", "a", "b")
        if settle:
            barrier.settle(plan, [settled], cloud.progress, cloud.jobs, None)


def receipt_of(cloud, plan: Plan, succeeded: int, failed: int, not_run: int = 0, earlier: tuple = ()) -> dict:
    sets = settled_sets.read_sets(cloud.progress, plan)
    row = ROW | {"succeeded": succeeded, "failed": failed, "not_run": not_run}
    return receipts.build(row, counts_of(row), plan, sets, list(earlier))


def test_a_receipt_tells_what_was_expected_and_what_came(cloud, plan):
    run(cloud, plan, {0: 0, 1: 3, 4: 0})
    receipt = receipt_of(cloud, plan, 27, 3, 20)
    assert (receipt["expected"], receipt["settled"]) == ({"items": 50, "chunks": 5}, 3)
    assert (receipt["succeeded"], receipt["failed"], receipt["not_run"]) == (27, 3, 20)
    assert receipt["missing"] == [[2, 3]]
    assert (receipt["attempts"], receipt["duplicates"]) == (6, 0)
    assert receipt["code"] == {"equity": "0123456789ab", "fx": "0123456789ab"}
    assert (receipt["engine"], receipt["submitted_by"], receipt["lock"]) == ("events", "ada", "book")
    assert receipt["timings"]["makespan_s"] == 10.5
    assert receipt["timings"]["first_settlement"] <= receipt["timings"]["last_settlement"]
    assert [entry["run"] for entry in receipt["runs"]] == [1]


def test_a_receipt_is_written_once(cloud, plan):
    first = receipt_of(cloud, plan, 0, 0, 50)
    assert receipts.write_once(cloud.s3, cloud.bucket, first) == first
    assert receipts.write_once(cloud.s3, cloud.bucket, first | {"succeeded": 50}) == first
    assert receipts.read(cloud.s3, cloud.bucket, "job") == first


def test_the_newest_receipt_is_read_and_a_job_may_have_none(cloud, plan):
    assert receipts.read(cloud.s3, cloud.bucket, "job") is None
    for number in (1, 2, 10):
        receipts.write_once(cloud.s3, cloud.bucket, receipt_of(cloud, plan, 0, 0) | {"run": number})
    assert receipts.read(cloud.s3, cloud.bucket, "job")["run"] == 10
    assert receipts.read_run(cloud.s3, cloud.bucket, "job", 3) is None


def check(cloud, receipt: dict, *plans: Plan):
    return verify(cloud.s3, cloud.bucket, receipt, {plan.run: plan for plan in plans})


def test_a_true_receipt_is_found_true(cloud, plan):
    run(cloud, plan, {0: 0, 1: 3, 2: 0, 3: 0, 4: 10})
    verdict = check(cloud, receipt_of(cloud, plan, 37, 13), plan)
    assert (verdict.differences, verdict.notes) == ([], [])


def test_a_result_that_is_gone_is_found(cloud, plan):
    run(cloud, plan, dict.fromkeys(range(5), 0))
    receipt = receipt_of(cloud, plan, 50, 0)
    cloud.s3.delete_object(Bucket=cloud.bucket, Key=result_key("job", 1, 3))
    differences = check(cloud, receipt, plan).differences
    assert differences[0] == "run 1: chunk 3 settled and without a result"
    assert "digest of the settled chunks of run 1" in differences[1]
    assert "items succeeded: the receipt says 50, the results say 40" in differences


def test_a_count_that_is_wrong_is_found(cloud, plan):
    run(cloud, plan, dict.fromkeys(range(5), 0))
    differences = check(cloud, receipt_of(cloud, plan, 49, 1), plan).differences
    assert differences == [
        "items succeeded: the receipt says 49, the results say 50",
        "items failed: the receipt says 1, the results say 0",
    ]


def answered(cloud, expected: list[str], ids: list[str]) -> list[str]:
    """How a job of one chunk of these items differs whose result answers those ids."""
    plan = Plan("job", 1, "", [part("equity", 1, items=len(expected))])
    write_items(cloud, plan, [expected])
    lines = [success_line({"id": each, "data_type": "equity"}, {}) for each in ids]
    write_once(cloud.s3, cloud.bucket, result_key("job", 1, 0), lines, 0)
    settled = ChunkSettled("job", 1, 0, 1, len(ids), 0, "lambda", "a", "b")
    barrier.settle(plan, [settled], cloud.progress, cloud.jobs, None)
    return check(cloud, receipt_of(cloud, plan, len(ids), 0), plan).differences


def test_an_item_answered_twice_in_a_run_is_found(cloud):
    twice = answered(cloud, ["a", "b"], ["a", "a"])
    assert twice == ["run 1: item 'a' has more than one result", "run 1: chunk 0 does not answer its item 'b'"]


def test_an_answer_for_another_item_than_was_submitted_is_found_though_counts_agree(cloud):
    assert answered(cloud, ["a", "b"], ["a", "c"]) == [
        "run 1: chunk 0 answers item 'c', which is none of its items",
        "run 1: chunk 0 does not answer its item 'b'",
    ]


def test_of_very_many_items_that_differ_some_are_named_and_the_others_counted(cloud):
    names = [f"{n:02d}" for n in range(30)]
    *named, more = answered(cloud, names, [f"x{name}" for name in names])
    assert len(named) == 10 and more == "run 1: 50 more items differ"


def test_a_result_written_after_a_cancel_is_noted_and_not_counted(cloud, plan):
    run(cloud, plan, {0: 0})
    receipt = receipt_of(cloud, plan, 10, 0, 40)
    run(cloud, plan, {2: 0}, settle=False)
    verdict = check(cloud, receipt, plan)
    assert verdict.differences == []
    assert verdict.notes == ["run 1: chunk 2 with a result written after the run had ended"]


def test_a_redriven_item_counts_once_by_its_newest_result(cloud, plan):
    run(cloud, plan, {0: 0, 1: 10, 2: 0, 3: 0, 4: 0})
    first = receipt_of(cloud, plan, 40, 10)
    again = Plan("job", 2, "", [part("equity", 1, manifest="again.jsonl")], base_succeeded=40)
    write_items(cloud, again, [[f"1-{n}" for n in range(10)]])
    lines = [success_line({"id": f"1-{n}", "data_type": "equity"}, {}) for n in range(10)]
    write_once(cloud.s3, cloud.bucket, result_key("job", 2, 0), lines, 0)
    settled = ChunkSettled("job", 2, 0, 1, 10, 0, "lambda", "a", "b")
    barrier.settle(again, [settled], cloud.progress, cloud.jobs, None)
    receipt = receipt_of(cloud, again, 50, 0, earlier=first["runs"])
    assert receipt["expected"] == {"items": 50, "chunks": 1}
    assert check(cloud, receipt, plan, again).differences == []
    assert check(cloud, first, plan).differences == []
