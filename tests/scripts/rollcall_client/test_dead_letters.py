"""Dead letters are shown with their reason, and tried again once."""

import json

import pytest

from rollcall.events import ChunkRequested, ChunkSettled, JobFinished, MergeRequested, WorkerRequested, envelope
from rollcall.records import results
from rollcall_client import dead_letter_redrive, dead_letters
from rollcall_client.errors import CommandError

CHUNK = ChunkRequested("job", 1, 0, 1, "equity", "equity.jsonl", 0, 10, 2, "")
SETTLED = ChunkSettled("job", 1, 0, 1, 1, 1, "lambda", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:01+00:00")
WORKER = WorkerRequested("equity", 0, "worker", 1)


@pytest.fixture
def equity(cloud, env) -> dead_letters.DeadLetterQueue:
    cloud.queue("equity-dlq")
    return dead_letters.queue_named(env, "equity-dlq")


@pytest.fixture
def settlements(env) -> dead_letters.DeadLetterQueue:
    return dead_letters.queue_named(env, "settlements-dlq")


def send(cloud, queue: dead_letters.DeadLetterQueue, body, **attributes: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body if isinstance(body, dict) else envelope(body))
    given = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    cloud.sqs.send_message(QueueUrl=queue.url, MessageBody=text, MessageAttributes=given)


def bodies(cloud, url: str) -> list[dict]:
    answer = cloud.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_every_route_the_settlements_and_the_undelivered_have_a_dead_letter_queue(env):
    names = [queue.name for queue in dead_letters.all_queues(env)]
    assert names == ["settlements-dlq", "undelivered-dlq", "merges-dlq", "unrouted-dlq", "equity-dlq", "scenario-dlq"]
    with pytest.raises(CommandError, match="there is no dead-letter queue 'fx'; there are settlements-dlq, "):
        dead_letters.queue_named(env, "fx")


def test_a_look_tells_the_reasons_and_takes_nothing_away(cloud, env, equity):
    send(cloud, equity, CHUNK)
    send(cloud, equity, WORKER, ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="not allowed")
    send(cloud, equity, {"recheck": "equity"})
    send(cloud, equity, "{")
    for _ in range(2):
        found = dead_letters.look(env, equity)
        assert found.waiting == 4 and found.oldest
        chunk, look, unreadable, worker = sorted(found.reasons)
        assert chunk.startswith("a note of handle_worker_failures")
        assert look.startswith("chunk of job job: its workers died as often")
        assert worker.startswith("not to be read: ") or unreadable
        assert any("NO_PERMISSIONS: not allowed" in reason for reason in found.reasons)


def test_a_refused_settlement_tells_why(cloud, env, settlements):
    send(cloud, settlements, SETTLED, reason="there is no job 'job'")
    send(cloud, settlements, SETTLED)
    assert set(dead_letters.look(env, settlements).reasons) == {
        "settlement refused: there is no job 'job'",
        "settlement of job job not taken in; see the log of track_settlements",
    }


def test_a_chunk_goes_back_to_its_route_and_a_letter_about_a_worker_stays(cloud, env, equity):
    send(cloud, equity, CHUNK)
    send(cloud, equity, WORKER)
    done = dead_letter_redrive.redrive(env, equity)
    assert (done.moved, sum(done.left.values())) == (1, 1)
    assert bodies(cloud, equity.queue_url) == [envelope(CHUNK)]
    assert bodies(cloud, equity.url) == [envelope(WORKER)]


def test_a_settlement_is_repeated_only_if_its_chunks_results_say_the_same(cloud, env, settlements, monkeypatch):
    put = []
    monkeypatch.setattr(dead_letter_redrive.queues, "put", lambda events, bus, some: put.extend(some))
    send(cloud, settlements, SETTLED)
    send(cloud, settlements, {"not": "a settlement"})
    assert dead_letter_redrive.redrive(env, settlements).moved == 0
    results.write_once(cloud.s3, cloud.bucket, results.result_key("job", 1, 0), ["{}", "{}"], failed=1)
    done = dead_letter_redrive.redrive(env, settlements)
    assert (done.moved, put, sum(done.left.values())) == (1, [SETTLED], 1)
    assert bodies(cloud, settlements.url) == [{"not": "a settlement"}]


@pytest.mark.parametrize("event", [JobFinished("job", 1, "SUCCEEDED", 1, 1, 0, 0), MergeRequested("job", 1, 3)])
def test_a_merge_that_failed_is_told_and_asked_for_again(cloud, env, event, monkeypatch):
    put = []
    monkeypatch.setattr(dead_letter_redrive.queues, "put", lambda events, bus, some: put.extend(some))
    merges = dead_letters.queue_named(env, "merges-dlq")
    send(cloud, merges, event, ERROR_CODE="NO_PERMISSIONS")
    send(cloud, merges, {"requestPayload": envelope(event), "responsePayload": {"errorMessage": "SlowDown"}})
    assert dead_letters.look(env, merges).reasons == {"results of job job not merged; see the log of merge_results": 2}
    dead_letter_redrive.redrive(env, merges)
    assert put == [event]


def test_a_letter_that_comes_back_at_once_is_not_tried_twice(cloud, env, equity, monkeypatch):
    def send_back(sqs, url, events, group):
        send(cloud, equity, {**envelope(events[0]), "time": "as the bus adds it"})

    monkeypatch.setattr(dead_letter_redrive.queues, "send", send_back)
    send(cloud, equity, CHUNK)
    assert dead_letter_redrive.redrive(env, equity).moved == 1
    assert [body["detail"] for body in bodies(cloud, equity.url)] == [envelope(CHUNK)["detail"]]
