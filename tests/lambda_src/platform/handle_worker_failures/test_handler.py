"""One message that cannot be accounted for does not hold up the others; a failure told by event is told again."""

import importlib
import json
from types import SimpleNamespace

import pytest
from tests.samples import EVENTS

from rollcall.errors import WorkerLost
from rollcall.events import WorkerRequested, envelope
from rollcall.worker.failures import recheck_message

SETTINGS = ("bucket", "jobs_table", "workers_table", "parameters", "bus", "settlements_queue_url")
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


@pytest.fixture
def handler(cloud, monkeypatch):
    for name in SETTINGS:
        monkeypatch.setenv(f"ROLLCALL_{name.upper()}", name)
    return importlib.reload(importlib.import_module("handle_worker_failures.handler"))


def test_only_letters_not_accounted_for_come_again(handler, monkeypatch):
    answers = {"equity": lambda: True, "fx": lambda: 1 / 0, "rates": lambda: False}
    monkeypatch.setattr(
        handler, "failure_handler", SimpleNamespace(handle=lambda failure, _: answers[failure.data_type]())
    )
    messages = [{"messageId": name, "body": recheck_message(name)} for name in answers]
    messages.append({"messageId": "none of ours", "body": json.dumps({"hello": 1})})
    failures = handler.handler({"Records": messages}, CONTEXT)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failures] == ["fx", "rates"]


def test_a_start_that_failed_is_told_by_letter(handler, monkeypatch):
    told = []
    monkeypatch.setattr(handler, "failure_handler", SimpleNamespace(handle=lambda failure, _: not told.append(failure)))
    request = WorkerRequested("option.american", 3, "w1", 1)
    record = json.loads((EVENTS / "lambda_on_failure.json").read_text())
    letter = {"messageId": "1", "body": json.dumps(record | {"requestPayload": envelope(request) | {"task": {}}})}
    assert handler.handler({"Records": [letter]}, CONTEXT) == {"batchItemFailures": []}
    assert [failure.request for failure in told] == [request]


def test_an_event_that_was_not_accounted_for_is_told_again(handler, monkeypatch):
    monkeypatch.setattr(handler, "failure_handler", SimpleNamespace(handle=lambda failure, _: False))
    worker = {"version": "1", "data_type": "equity", "slot": "0", "worker": "w", "attempt": "1"}
    event = {"detail-type": "Batch Job State Change", "detail": {"parameters": worker}}
    with pytest.raises(WorkerLost, match="tell of it again"):
        handler.handler(event, CONTEXT)
