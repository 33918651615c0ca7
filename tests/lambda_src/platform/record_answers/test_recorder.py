"""What a Map has answered settles the job: every chunk once, and those without an answer by name."""

import json

import pytest
from tests.samples import part

from record_answers.recorder import Recorder
from rollcall.barrier.settled_sets import read_sets
from rollcall.errors import Abandoned
from rollcall.intake.manifests import Manifest, write_index
from rollcall.records import jobs as job_record
from rollcall.records.plans import Plan
from rollcall.records.results import read_results, result_key, success_line, write_once

ITEMS = 2


@pytest.fixture
def place(cloud, tokens):
    """A running job of six chunks of two items each, of two data types, and a recorder."""
    parts = [part("equity", 4, items=8), part("bond", 2, 4, 1, items=4)]
    cloud.plan = Plan("job", 1, "", parts, engine="map")
    indexes = []
    for each in parts:
        manifest = Manifest(None, ITEMS)
        lines = [
            "".join(
                json.dumps({"id": f"{each.data_type}{chunk}-{n}", "data_type": each.data_type}) + "\n"
                for n in range(ITEMS)
            )
            for chunk in range(each.chunks)
        ]
        for text in lines:
            manifest.lengths.append(len(text))
            manifest.counts.append(ITEMS)
        cloud.s3.put_object(Bucket=cloud.bucket, Key=each.manifest, Body="".join(lines).encode())
        indexes.append(manifest)
    write_index(indexes, "job", 1, cloud.bucket, cloud.s3)
    job_record.write_plan(cloud.jobs, cloud.plan)
    row = {"state": "RUNNING", "run": 1, "dispatch": 0, "restarts": 0, "created_at": "now", "open": "open"}
    job_record.update(cloud.jobs, "job", row)
    recorder = Recorder(cloud.jobs, cloud.progress, cloud.s3, tokens, cloud.bucket)
    cloud.record = lambda answers, run=1: recorder.record("job", run, iter(answers))
    return cloud


def answer(chunk: int, failed: int = 0) -> dict:
    return {"chunk": chunk, "succeeded": ITEMS - failed, "failed": failed}


def outcome(status: str, succeeded: int, failed: int) -> dict:
    return {"status": status, "items": 12, "succeeded": succeeded, "failed": failed, "not_run": 0}


def test_good_answers_settle_the_job_with_their_counts(place, tokens):
    assert place.record(map(answer, range(6))) == outcome("SUCCEEDED", 12, 0)
    assert read_sets(place.progress, place.plan).complete
    assert job_record.read(place.jobs, "job")["state"] == "SETTLED"
    assert tokens.sent == 0  # the Map is the barrier


def test_failed_items_make_it_partial_and_a_tolerance_decides(place):
    assert place.record([answer(n, failed=n == 3) for n in range(6)]) == outcome("PARTIAL", 11, 1)


def test_an_answer_given_twice_is_counted_once(place):
    answers = [answer(n, failed=n == 3) for n in range(6)]
    assert place.record([*answers, answer(3, 1), answer(0)]) == outcome("PARTIAL", 11, 1)
    assert place.record(answers) == outcome("PARTIAL", 11, 1)


def test_a_lost_chunk_fails_by_name_with_the_error_of_its_state(place):
    answers = [answer(n) for n in range(6) if n not in (1, 5)]
    assert place.record([*answers, {"chunk": 1, "error": "Sandbox.Timedout"}]) == outcome("PARTIAL", 8, 4)
    lines = {line["id"]: line["error"] for line in read_results(place.s3, place.bucket, "job")}
    assert set(lines) == {"equity1-0", "equity1-1", "bond1-0", "bond1-1"}
    assert {error["type"] for error in lines.values()} == {"WorkerLost"}
    assert "its Lambda worker failed: Sandbox.Timedout. See" in lines["equity1-0"]["message"]
    assert "its Lambda worker failed: it was not answered for. See" in lines["bond1-1"]["message"]


def test_a_lost_chunk_that_has_a_result_counts_as_that_says(place):
    line = success_line({"id": "equity1-0", "data_type": "equity"}, {})
    write_once(place.s3, place.bucket, result_key("job", 1, 1), [line] * ITEMS, failed=0)
    answers = [answer(n) for n in range(6) if n != 1]
    assert place.record([*answers, {"chunk": 1, "error": "States.Timeout"}]) == outcome("SUCCEEDED", 12, 0)


def test_a_good_answer_stands_before_a_loss_of_the_same_chunk(place):
    answers = [{"chunk": 1, "error": "States.Timeout"}, *map(answer, range(6))]
    assert place.record(answers) == outcome("SUCCEEDED", 12, 0)


def test_when_no_chunk_was_answered_for_the_job_has_failed(place):
    assert place.record([]) == outcome("FAILED", 0, 12)


def test_answers_are_taken_in_portions_whatever_their_number(place, monkeypatch):
    monkeypatch.setattr("record_answers.recorder.AT_ONCE", 2)
    assert place.record(map(answer, [5, 1, 3, 0, 2])) == outcome("PARTIAL", 10, 2)


@pytest.mark.parametrize("changes", [{"state": "CANCELLED"}, {"run": 2}])
def test_a_job_that_ended_or_went_on_meanwhile_releases_nothing(place, changes):
    job_record.update(place.jobs, "job", changes)
    with pytest.raises(Abandoned):
        place.record(map(answer, range(6)))
