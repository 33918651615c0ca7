"""Every way a platform tells of a dead worker is understood, from events as its service documents them."""

import json

import pytest
from tests.samples import EVENTS

from account_losses.losses import from_dead_letter, from_job_change, from_task_change
from rollcall.errors import InvalidEvent
from rollcall.events import ChunkRequested, envelope

REQUEST = ChunkRequested(
    "nightly", 1, 7, 1, "option.american", "jobs/nightly/manifests/option.american.jsonl", 0, 10, 2, ""
)


def record(body, **attributes: str) -> dict:
    named = {name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()}
    return {"messageId": "1", "body": json.dumps(body), "messageAttributes": named}


def recorded(name: str) -> dict:
    return json.loads((EVENTS / name).read_text())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"errorMessage": "2026-11-21T00:00:00Z Task timed out after 900.00 seconds"}, "Task timed out after 900.00"),
        ({"errorType": "Runtime.ExitError", "errorMessage": "Error: Runtime exited: signal: killed"}, "signal: killed"),
        (None, "no answer"),
    ],
)
def test_a_lambda_that_gave_up_is_a_final_loss(answer, words):
    letter = recorded("lambda_on_failure.json") | {"requestPayload": envelope(REQUEST), "responsePayload": answer}
    loss = from_dead_letter(record(letter))
    assert (loss.request, loss.target, loss.final) == (REQUEST, "lambda", True)
    assert "after 3 invocations (RetriesExhausted)" in loss.reason and words in loss.reason


def test_an_event_its_rule_could_not_deliver_is_a_final_loss():
    letter = record(envelope(REQUEST), ERROR_CODE="NO_RESOURCE", ERROR_MESSAGE="Function not found", RULE_ARN="arn")
    loss = from_dead_letter(letter)
    assert loss.reason == "its worker could not be started: NO_RESOURCE: Function not found"
    assert (loss.request, loss.final) == (REQUEST, True)


def test_a_message_the_queue_gave_up_is_a_final_loss():
    loss = from_dead_letter(record(envelope(REQUEST)))
    assert (loss.request, loss.final) == (REQUEST, True)
    assert "every worker that took it from the queue died" in loss.reason


@pytest.mark.parametrize("body", ["{", "[]", '{"detail-type": "Other"}'])
def test_a_letter_that_holds_no_chunk_is_told_apart(body):
    with pytest.raises(InvalidEvent):
        from_dead_letter({"messageId": "1", "body": body})


def test_a_task_that_exited_non_zero_may_be_repeated():
    loss = from_task_change(recorded("ecs_task_exited.json")["detail"])
    assert (loss.request, loss.target, loss.final, loss.ended_well) == (REQUEST, "fargate", False, False)
    assert (
        loss.reason
        == "its Fargate task ended (exit code 137): EssentialContainerExited: Essential container in task exited"
    )


def test_a_task_that_could_not_start_may_be_repeated():
    loss = from_task_change(recorded("ecs_task_not_started.json")["detail"])
    assert loss.request == REQUEST and not loss.ended_well
    assert "it never ran" in loss.reason and "CannotPullContainerError" in loss.reason


def test_a_task_that_ended_well_is_lost_only_without_a_result():
    detail = recorded("ecs_task_exited.json")["detail"]
    detail["containers"][0]["exitCode"] = 0
    assert from_task_change(detail).ended_well


def test_a_batch_job_that_failed_is_a_final_loss():
    loss = from_job_change(recorded("batch_job_failed.json")["detail"])
    assert (loss.request, loss.target, loss.final) == (REQUEST, "batch", True)
    assert loss.reason == "its Batch job failed after 3 attempts: Host EC2 (instance i-0) terminated."


@pytest.mark.parametrize("overrides", [{}, {"containerOverrides": []}, {"containerOverrides": [{"command": ["sh"]}]}])
def test_a_task_that_was_started_for_something_else_is_told_apart(overrides):
    with pytest.raises(InvalidEvent, match="not started for a chunk"):
        from_task_change({"overrides": overrides, "containers": []})


def test_a_batch_job_that_was_started_for_something_else_is_told_apart():
    with pytest.raises(InvalidEvent, match="not started for a chunk"):
        from_job_change({"parameters": {}})
