"""Partitioning: manifests, counts and plan; nothing is left half-done when the input is refused."""

import json
from datetime import UTC, datetime

import pytest
from tests.samples import ACCEPTED

from partition_job.partition import Partitioner
from rollcall.dispatch.dispatcher import requests
from rollcall.errors import Abandoned, InputRefused, LockHeld, UnknownJobType
from rollcall.events import envelope
from rollcall.intake.items import read_items
from rollcall.intake.manifests import read_chunk, read_index
from rollcall.intake.sources import source_at
from rollcall.records import jobs as job_record


@pytest.fixture
def partitioner(cloud, routes) -> Partitioner:
    return Partitioner(cloud.jobs, cloud.s3, cloud.bucket, routes, ["valuation"])


def items(count: int, *types: str) -> list[dict]:
    return [{"id": str(n), "data_type": types[n % len(types)], "n": n} for n in range(count)]


def request(content, **more) -> dict:
    return {"input": {"items": content}, "job_type": "", **more}


def keys(cloud, prefix: str = "jobs/") -> list[str]:
    return [entry["Key"] for entry in cloud.s3.list_objects_v2(Bucket=cloud.bucket, Prefix=prefix).get("Contents", [])]


def test_every_item_lies_in_exactly_one_chunk_of_its_data_type(cloud, partitioner):
    given = items(57, "equity", "equity", "option.american")
    answer = partitioner.partition("job", request(given), ACCEPTED)
    plan = job_record.read_plan(cloud.jobs, "job", 1)
    assert (answer["items"], answer["chunks"]) == (57, 6) == (plan.items, plan.chunks)
    found = []
    for part in plan.parts:
        for offset, length, count in read_index("job", 1, cloud.bucket, cloud.s3, part.first_chunk, part.chunks):
            chunk = read_chunk(part.manifest, cloud.bucket, cloud.s3, offset, length)
            assert len(chunk) == count <= 10
            assert {item["data_type"] for item in chunk} == {part.data_type}
            found += chunk
    assert sorted(found, key=lambda item: item["n"]) == given


def test_chunks_and_shards_are_numbered_through_all_data_types(cloud, partitioner, monkeypatch):
    monkeypatch.setattr("rollcall.records.plans.SHARD_SIZE", 2)
    partitioner.partition("job", request(items(57, "equity", "equity", "option.american")), ACCEPTED)
    plan = job_record.read_plan(cloud.jobs, "job", 1)
    assert [(p.first_chunk, p.chunks, p.first_shard) for p in plan.parts] == [(0, 4, 0), (4, 2, 2)]
    assert [plan.shard_of(chunk) for chunk in range(6)] == [(0, 2), (0, 2), (1, 2), (1, 2), (2, 2), (2, 2)]


def test_items_without_a_route_go_to_the_catch_all_route(cloud, partitioner):
    partitioner.partition("job", request(items(4, "equity", "fx", "bond", "equity")), ACCEPTED)
    parts = job_record.read_plan(cloud.jobs, "job", 1).parts
    assert [(p.data_type, p.items) for p in parts] == [("equity", 2), ("*", 2)]


def test_strict_refuses_items_without_a_route(cloud, partitioner):
    with pytest.raises(InputRefused) as refused:
        partitioner.partition("job", request(items(4, "equity", "fx", "bond", "fx"), strict=True), ACCEPTED)
    assert [problem.split(";")[0] for problem in refused.value.problems] == [
        "no route for data type 'bond' (1 items, first '2')",
        "no route for data type 'fx' (2 items, first '1')",
    ]
    assert "there are routes for equity, option.american" in refused.value.problems[0]


def test_a_refused_input_leaves_no_manifest_and_its_problems_in_the_job(cloud, partitioner):
    content = items(30, "equity") + [{"id": "x"}, {"id": "0", "data_type": "equity"}]
    with pytest.raises(InputRefused):
        partitioner.partition("job", request(content), ACCEPTED)
    row = job_record.read(cloud.jobs, "job")
    assert row["state"] == "REFUSED" and len(row["problems"]) == 2
    assert keys(cloud) == []
    assert cloud.s3.list_multipart_uploads(Bucket=cloud.bucket).get("Uploads", []) == []


def test_an_empty_input_is_settled_at_once_with_no_items(cloud, partitioner):
    assert partitioner.partition("job", request([]), ACCEPTED)["chunks"] == 0
    row = job_record.read(cloud.jobs, "job")
    assert (row["state"], row["succeeded"], row["failed"]) == ("SETTLED", 0, 0)


def test_partitioning_twice_answers_the_same_and_does_not_read_again(cloud, partitioner):
    first = partitioner.partition("job", request(items(25, "equity")), ACCEPTED)
    assert partitioner.partition("job", request(items(3, "equity")), ACCEPTED) == first


def test_an_unknown_job_type_is_refused_with_the_known_ones(cloud, partitioner):
    with pytest.raises(UnknownJobType, match="no next step for job type 'other'; next_steps in tfvars has valuation"):
        partitioner.partition("job", request(items(1, "equity"), job_type="other"), ACCEPTED)
    assert job_record.read(cloud.jobs, "job")["state"] == "REFUSED"


@pytest.mark.parametrize("given", [None, {}, {"uri": "s3://b/k", "items": []}, {"uri": 5}, {"items": "x"}])
def test_a_request_that_names_no_input_or_two_is_refused(partitioner, given):
    with pytest.raises(InputRefused, match='"input" must hold one of "uri"'):
        partitioner.partition("job", {"input": given}, ACCEPTED)


def test_an_object_in_s3_is_streamed(cloud, partitioner):
    body = "\n".join(json.dumps(item) for item in items(2500, "equity")).encode()
    cloud.s3.put_object(Bucket=cloud.bucket, Key="inputs/job/book.jsonl", Body=body)
    answer = partitioner.partition("job", {"input": {"uri": f"s3://{cloud.bucket}/inputs/job/book.jsonl"}}, ACCEPTED)
    assert (answer["items"], answer["chunks"]) == (2500, 250)


def test_several_objects_are_one_input_read_as_the_request_says(cloud, partitioner):
    for name in ("a", "b"):
        cloud.s3.put_object(Bucket=cloud.bucket, Key=f"{name}.csv", Body=f"nr,code\n{name},007\n".encode())
    uris = [f"s3://{cloud.bucket}/{name}.csv" for name in ("a", "b")]
    given = {"uris": uris, "reading": {"id": "nr", "data_type": "equity"}}
    assert partitioner.partition("job", {"input": given}, ACCEPTED)["items"] == 2
    assert list(read_items(source_at(job_record.read_plan(cloud.jobs, "job", 1).input, cloud.s3))) == [
        {"id": name, "data_type": "equity", "code": "007"} for name in ("a", "b")
    ]


def test_what_was_guessed_stands_in_the_timeline(cloud, partitioner):
    cloud.s3.put_object(Bucket=cloud.bucket, Key="a.csv", Body=b"ID,data_type,code\na,equity,007\n")
    partitioner.partition("job", {"input": {"uri": f"s3://{cloud.bucket}/a.csv"}}, ACCEPTED)
    *_, partitioned = job_record.read(cloud.jobs, "job")["timeline"]
    assert "a.csv line 1: column 'ID' is read as 'id' · s3://" in partitioned["told"]
    assert "line 2: column 'code' is read as text: '007' is no number's shortest form" in partitioned["told"]


@pytest.mark.parametrize("reading", [5, {"ids": "a"}, {"text": "isin"}, {"encoding": "klingon"}])
def test_a_reading_that_cannot_be_understood_is_refused(cloud, partitioner, reading):
    with pytest.raises(InputRefused, match="reading|encoding"):
        partitioner.partition("job", {"input": {"uri": "s3://b/k.csv", "reading": reading}}, ACCEPTED)
    assert job_record.read(cloud.jobs, "job")["state"] == "REFUSED"


@pytest.mark.parametrize("content", [b"id,data_type\na,x,\nb,x,\xe9\n", b"\x1f\x8bhalf", b"PK\x03\x04", b"[1e400]"])
@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".json", ".csv.gz"])
def test_a_broken_object_leaves_no_manifest_and_its_problems_in_the_job(cloud, partitioner, content, ending):
    cloud.s3.put_object(Bucket=cloud.bucket, Key=f"inputs/b{ending}", Body=content)
    with pytest.raises(InputRefused):
        partitioner.partition("job", {"input": {"uri": f"s3://{cloud.bucket}/inputs/b{ending}"}}, ACCEPTED)
    row = job_record.read(cloud.jobs, "job")
    assert row["state"] == "REFUSED" and all(f"inputs/b{ending}" in problem for problem in row["problems"])
    assert keys(cloud) == []


def test_an_object_that_is_not_there_is_refused_by_name(partitioner, cloud):
    with pytest.raises(
        InputRefused, match="s3://rollcall-test/nothing.jsonl: cannot be read .NoSuchKey.; name an object"
    ):
        partitioner.partition("job", {"input": {"uri": "s3://rollcall-test/nothing.jsonl"}}, ACCEPTED)


def test_an_empty_object_is_an_empty_input(partitioner, cloud):
    cloud.s3.put_object(Bucket=cloud.bucket, Key="inputs/job/empty.jsonl", Body=b"")
    assert (
        partitioner.partition("job", {"input": {"uri": f"s3://{cloud.bucket}/inputs/job/empty.jsonl"}}, ACCEPTED)[
            "items"
        ]
        == 0
    )


def test_chunks_are_closed_by_size_before_they_grow_too_big(cloud, partitioner, monkeypatch):
    monkeypatch.setattr("rollcall.intake.manifests.MAX_CHUNK_BYTES", 100)
    assert partitioner.partition("job", request(items(9, "equity")), ACCEPTED)["chunks"] == 3


def test_a_chunk_request_stays_far_below_what_a_message_may_hold(cloud, partitioner):
    """Items of any size are only referred to: the message carries a byte range."""
    big = [{"id": str(n), "data_type": "equity", "text": "x" * 300_000} for n in range(10)]
    partitioner.partition("job", request(big), ACCEPTED)
    plan = job_record.read_plan(cloud.jobs, "job", 1)
    (message,) = requests(plan, plan.parts[0], [0], 1, cloud.bucket, cloud.s3)
    assert len(json.dumps(envelope(message))) < 1000 < 2_000_000 < message.length


def test_the_timeline_tells_who_submitted_and_what_came_of_it(cloud, partitioner):
    partitioner.partition("job", request(items(25, "equity"), submitted_by="ada"), ACCEPTED)
    submitted, partitioned = job_record.read(cloud.jobs, "job")["timeline"]
    assert submitted == {"at": "2026-11-21T01:02:03.000+00:00", "what": "submitted", "by": "ada"}
    assert (partitioned["what"], partitioned["items"], partitioned["chunks"]) == ("partitioned", 25, 3)


def test_a_cancelled_job_is_not_partitioned(cloud, partitioner):
    job_record.opened(cloud.jobs, "job", {}, datetime.now(UTC))
    job_record.update(cloud.jobs, "job", {"state": "CANCELLED"})
    with pytest.raises(Abandoned, match="job 'job' was cancelled"):
        partitioner.partition("job", request(items(25, "equity")), ACCEPTED)
    assert keys(cloud) == []


@pytest.mark.parametrize(
    "given", [{}, {"count": -1}, {"percentage": 101}, {"counts": 1}, {"count": "3"}, {"count": True}, 5]
)
def test_a_tolerance_that_cannot_be_understood_is_refused(partitioner, given):
    with pytest.raises(InputRefused, match='"tolerance" is .*; give {"count": items}'):
        partitioner.partition("job", request(items(1, "equity"), tolerance=given), ACCEPTED)


def test_a_second_job_of_the_same_lock_is_refused_by_name(partitioner):
    partitioner.partition("night", request(items(1, "equity"), lock={"name": "eod", "wait": False}), ACCEPTED)
    with pytest.raises(InputRefused, match="eod.*night"):
        partitioner.partition("night-again", request(items(1, "equity"), lock={"name": "eod", "wait": False}), ACCEPTED)
    with pytest.raises(LockHeld):
        partitioner.partition("patient", request(items(1, "equity"), lock={"name": "eod", "wait": True}), ACCEPTED)


def test_a_job_of_more_chunks_than_a_run_has_room_for_is_refused_with_the_cure(cloud, partitioner, monkeypatch):
    monkeypatch.setattr("partition_job.parts.MOST_CHUNKS", 3)
    with pytest.raises(InputRefused, match="4 chunks, and a run has room for 3; raise chunk_size of its routes"):
        partitioner.partition("large", request(items(31, "equity")), ACCEPTED)
    assert job_record.read(cloud.jobs, "large")["state"] == "REFUSED"
    assert partitioner.partition("fits", request(items(30, "equity")), ACCEPTED)["chunks"] == 3
