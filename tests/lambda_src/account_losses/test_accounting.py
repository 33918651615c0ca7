"""A lost chunk is repeated while it may be; then its items fail by name; a result that exists stands."""

import json
from dataclasses import replace

import pytest

from account_losses.accounting import Accountant
from account_losses.losses import Loss
from rollcall import queues
from rollcall.chunks import result_key
from rollcall.events import ChunkRequested, ChunkSettled, parse
from rollcall.results import read_results, success_line, write_once

ITEMS = [{"id": "a", "data_type": "equity"}, {"id": "b", "data_type": "equity"}]


@pytest.fixture
def place(cloud, monkeypatch):
    """A chunk in S3, and an accountant whose events are kept in `asked`."""
    body = "".join(json.dumps(item) + "\n" for item in ITEMS).encode()
    cloud.s3.put_object(Bucket=cloud.bucket, Key="m", Body=body)
    cloud.request = ChunkRequested("job", 1, 0, 1, "equity", "m", 0, len(body), 2, "")
    cloud.settlements, cloud.asked = cloud.queue("settlements"), []
    monkeypatch.setattr(queues, "put", lambda client, bus, events: cloud.asked.extend(events))
    cloud.accountant = Accountant(
        cloud.s3, cloud.sqs, None, cloud.bucket, "bus", cloud.settlements, lambda data_type: 3
    )
    return cloud


def loss(request, final: bool, ended_well: bool = False) -> Loss:
    return Loss(request, "it died", "fargate", final, ended_well)


def settlements(place) -> list[ChunkSettled]:
    found = place.sqs.receive_message(QueueUrl=place.settlements, MaxNumberOfMessages=10).get("Messages", [])
    return [parse(message["Body"], ChunkSettled) for message in found]


def test_a_chunk_with_attempts_left_is_asked_for_anew(place):
    place.accountant.account(loss(place.request, final=False))
    assert [(event.chunk, event.attempt) for event in place.asked] == [(0, 2)]
    assert settlements(place) == []


def test_a_chunk_without_attempts_left_fails_its_items_by_name(place):
    place.accountant.account(loss(replace(place.request, attempt=3), final=False))
    assert place.asked == []
    assert [(s.succeeded, s.failed) for s in settlements(place)] == [(0, 2)]
    lines = list(read_results(place.s3, place.bucket, "job"))
    assert [line["id"] for line in lines] == ["a", "b"]
    assert lines[0]["error"]["type"] == "WorkerLost" and "it died" in lines[0]["error"]["message"]


def test_a_final_loss_is_not_repeated(place):
    place.accountant.account(loss(place.request, final=True))
    assert place.asked == [] and settlements(place)[0].failed == 2


def write_result(place) -> None:
    lines = [success_line(item, {}) for item in ITEMS]
    write_once(place.s3, place.bucket, result_key(place.request), lines, failed=0)


def test_a_worker_that_died_between_its_result_and_its_settlement_is_settled_for(place):
    write_result(place)
    place.accountant.account(loss(place.request, final=False))
    assert place.asked == []
    assert [(s.succeeded, s.failed) for s in settlements(place)] == [(2, 0)]


def test_a_worker_that_ended_well_and_left_its_result_needs_nothing(place):
    write_result(place)
    place.accountant.account(loss(place.request, final=False, ended_well=True))
    assert (place.asked, settlements(place)) == ([], [])


def test_a_worker_that_ended_well_without_a_result_is_a_loss(place):
    place.accountant.account(loss(place.request, final=False, ended_well=True))
    assert len(place.asked) == 1


def test_accounting_twice_settles_the_same(place):
    for _ in range(2):
        place.accountant.account(loss(place.request, final=True))
    assert [(s.succeeded, s.failed) for s in settlements(place)] == [(0, 2)] * 2
    assert len(list(read_results(place.s3, place.bucket, "job"))) == 2
