"""Results: the first one written of a chunk stands; of an item the newest run's."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from rollcall.errors import WorkerLost
from rollcall.records import results

KEY = "jobs/job/results/1/0/00000000.jsonl"


def test_results_lie_where_job_run_and_chunk_say():
    assert results.result_key("job", 1, 28) == "jobs/job/results/1/c/00000028.jsonl"
    assert results.chunk_of("jobs/job/results/1/c/00000028.jsonl") == 28


def test_chunks_that_are_written_together_lie_below_different_prefixes():
    """S3 takes 3,500 writes a second for each: of any 50,000 in a row no more lie below one."""
    prefixes = Counter(results.result_key("job", 1, chunk).rpartition("/")[0] for chunk in range(500, 50_500))
    assert max(prefixes.values()) <= 3_500


def test_results_are_found_chunk_by_chunk_however_they_lie(place):
    for chunk in (33, 2, 17, 0, 16):
        results.write_once(place.s3, place.bucket, results.result_key("job", 1, chunk), ["1"], 0)
    (keys,) = results.result_keys(place.s3, place.bucket, "job").values()
    assert list(map(results.chunk_of, keys)) == [0, 2, 16, 17, 33]


def test_the_first_result_written_stands_and_all_learn_its_counts(place):
    assert results.write_once(place.s3, place.bucket, KEY, ["1", "2"], 1) == (1, 1)
    assert results.write_once(place.s3, place.bucket, KEY, ["3", "4"], 0) == (1, 1)
    assert results.read_object(place.s3, place.bucket, KEY) == b"1\n2\n"
    assert results.stored_counts(place.s3, place.bucket, KEY) == (1, 1)


def test_a_chunk_without_a_result_has_no_counts(place):
    assert results.stored_counts(place.s3, place.bucket, KEY) is None


def test_another_refusal_than_a_result_there_is_told(place):
    with pytest.raises(ClientError, match="NoSuchBucket"):
        results.write_once(place.s3, "no-such-bucket", KEY, ["1"], 0)


def test_of_an_item_the_newest_run_counts(place):
    def write(run: int, chunk: int, **values) -> None:
        lines = [json.dumps({"id": name, "value": value}) for name, value in values.items()]
        results.write_once(place.s3, place.bucket, results.result_key("job", run, chunk), lines, 0)

    write(1, 0, a=1, b=1)
    write(1, 1, c=1, d=1)
    write(2, 0, b=2, d=2)
    write(10, 0, d=10)
    found = {line["id"]: line["value"] for line in results.read_results(place.s3, place.bucket, "job")}
    assert found == {"a": 1, "b": 2, "c": 1, "d": 10}
    assert sorted(results.result_keys(place.s3, place.bucket, "job")) == [1, 2, 10]
    assert list(results.read_results(place.s3, place.bucket, "other")) == []


def test_a_failure_tells_its_cause_whether_to_redrive_and_how_often_it_was_tried():
    error = WorkerLost("x" * 2000)
    error.__cause__ = KeyError("price")
    line = json.loads(results.failure_line({"id": "1", "data_type": "work"}, error, retryable=True, attempts=2))
    assert len(line["error"].pop("message")) == results.LONGEST_MESSAGE
    assert line["error"] == {"type": "WorkerLost", "cause": "KeyError: 'price'", "retryable": True, "attempts": 2}
    assert (line["id"], line["data_type"], line["ok"]) == ("1", "work", False)


ITEM = {"id": "1", "data_type": "work"}


@dataclass
class Price:
    value: Decimal
    on: date


class Side(Enum):
    BUY = "buy"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1.10"), "1.10"),
        (date(2026, 11, 26), "2026-11-26"),
        (datetime(2026, 11, 26, 12, 30, tzinfo=UTC), "2026-11-26T12:30:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Side.BUY, "buy"),
        (Price(Decimal("2.50"), date(2026, 1, 2)), {"value": "2.50", "on": "2026-01-02"}),
        ((1, 2), [1, 2]),
    ],
)
def test_what_json_does_not_have_is_written_as_the_documents_say(value, written):
    assert json.loads(results.success_line(ITEM, {"v": [value]}))["result"] == {"v": [written]}


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"a": [1.0, {"b": float("nan")}]}, "result['a'][1]['b'] is nan, which JSON does not have"),
        ({"a": float("-inf")}, "result['a'] is -inf"),
        ({"a": b"raw"}, "result['a'] is a bytes"),
        ([{1, 2}], "result[0] is a set"),
        ({"a": {(1, 2): 3}}, "a key of result['a'] is a tuple"),
        ({"a": Price(Decimal(1), {1})}, "result['a']['on'] is a set"),
        ({"a": 10**5000}, "the result cannot be written as JSON"),
    ],
)
def test_a_result_that_is_not_json_is_refused_with_its_place_and_type(result, words):
    with pytest.raises((TypeError, ValueError), match=re.escape(words)):
        results.success_line(ITEM, result)


def test_a_result_within_itself_is_refused_with_its_place():
    result: dict = {"a": []}
    result["a"].append(result)
    with pytest.raises(ValueError, match=re.escape("result['a'][0] is a dict")):
        results.success_line(ITEM, result)


def test_a_result_that_is_too_large_is_refused_with_its_size_and_the_cure():
    with pytest.raises(ValueError, match=r"10,000,0\d\d bytes of JSON, more than 10,000,000; write it to S3"):
        results.success_line(ITEM, {"v": "x" * 9_999_990})
