"""Every way a platform tells of a dead worker is understood, from events as its service documents them."""

import json

import pytest
from tests.samples import EVENTS

from rollcall.errors import InvalidEvent
from rollcall.events import ChunkRequested, WorkerRequested, envelope
from rollcall.worker.failures import (
    LostChunk,
    LostWorker,
    Recheck,
    from_dead_letter,
    from_event,
    from_job_change,
    from_lambda,
    from_task_change,
    recheck_message,
)

WORKER = WorkerRequested("option.american", 3, "w1", 1)
CHUNK = ChunkRequested("nightly", 1, 7, 1, "option.american", "m.jsonl", 0, 10, 2, "")


def record(body, **attributes: str) -> dict:
    named = {name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()}
    return {"messageId": "1", "body": json.dumps(body), "messageAttributes": named}


def recorded(name: str) -> dict:
    return json.loads((EVENTS / name).read_text())


def on_failure(answer, condition: str = "RetriesExhausted") -> LostWorker:
    message = recorded("lambda_on_failure.json") | {"requestPayload": envelope(WORKER), "responsePayload": answer}
    message["requestContext"]["condition"] = condition
    failure = from_dead_letter(record(message))
    assert isinstance(failure, LostWorker)
    return failure


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"errorMessage": "2026-11-21T00:00:00Z Task timed out after 900.00 seconds"}, "Task timed out after 900.00"),
        ({"errorType": "Runtime.ExitError", "errorMessage": "Error: Runtime exited: signal: killed"}, "signal: killed"),
        ({"errorType": "Runtime.ExitError"}, "Runtime.ExitError"),
        (None, "no answer"),
    ],
)
def test_a_lambda_that_failed_is_a_lost_worker(answer, words):
    failure = on_failure(answer)
    assert (failure.request, failure.waited) == (WORKER, False)
    assert "its Lambda worker failed (RetriesExhausted)" in failure.reason and words in failure.reason


def test_an_invocation_that_was_throttled_for_too_long_has_only_waited():
    assert on_failure(None, "EventAgeExceeded").waited


def test_a_worker_whose_own_calls_were_throttled_has_only_waited():
    said = "An error occurred ({}) when calling the UpdateItem operation (reached max retries: 11): Rate exceeded"
    assert on_failure({"errorMessage": said.format("ThrottlingException")}).waited
    assert not on_failure({"errorMessage": said.format("AccessDeniedException")}).waited


def not_started(answer, condition: str = "RetriesExhausted") -> LostWorker:
    task = {"definition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/x:3", "spot": True}
    message = recorded("lambda_on_failure.json") | {"requestPayload": envelope(WORKER) | {"task": task}}
    message["requestContext"]["condition"] = condition
    return from_lambda(message | {"responsePayload": answer})


def test_a_task_that_was_not_started_for_lack_of_capacity_has_only_waited():
    why = "FARGATE_SPOT: Capacity is unavailable at this time; FARGATE: Capacity is unavailable at this time"
    failure = not_started({"errorType": "NotStarted", "errorMessage": why})
    assert (failure.request, failure.waited, failure.task) == (WORKER, True, "")
    assert failure.reason == f"its Fargate task could not be started (RetriesExhausted): {why}"


def test_a_task_that_ecs_refused_to_start_is_a_lost_worker():
    why = "An error occurred (ClientException) when calling the RunTask operation: TaskDefinition is inactive"
    failure = not_started({"errorType": "ClientException", "errorMessage": why})
    assert (failure.waited, failure.task) == (False, "") and why in failure.reason


def test_a_task_whose_start_found_no_place_in_time_has_only_waited():
    assert not_started(None, "EventAgeExceeded").waited


def test_a_lambda_whose_calculation_speaks_of_capacity_has_not_waited():
    assert not on_failure({"errorMessage": "RESOURCE: Capacity is unavailable at this time"}).waited


def test_a_task_that_ecs_took_and_found_no_capacity_for_has_only_waited():
    detail = recorded("ecs_task_not_started.json")["detail"]
    assert not from_task_change(detail).waited
    assert from_task_change(detail | {"stoppedReason": "Capacity is unavailable at this time."}).waited
    assert not from_task_change(detail | {"stopCode": "EssentialContainerExited", "stoppedReason": "RESOURCE:"}).waited


def test_an_event_its_rule_could_not_deliver_is_a_lost_worker():
    message = record(envelope(WORKER), ERROR_CODE="NO_RESOURCE", ERROR_MESSAGE="Function not found", RULE_ARN="arn")
    reason = "its worker could not be started: NO_RESOURCE: Function not found"
    assert from_dead_letter(message) == LostWorker(WORKER, reason, waited=False)


@pytest.mark.parametrize("code", ["THROTTLING", "TIMEOUT", "RESOURCE_LIMIT_EXCEEDED"])
def test_an_event_that_found_no_room_in_time_has_only_waited(code):
    tried = {"RETRY_ATTEMPTS": "40", "EXHAUSTED_RETRY_CONDITION": "MaximumEventAgeInSeconds"}
    failure = from_dead_letter(record(envelope(WORKER), ERROR_CODE=code, **tried))
    assert isinstance(failure, LostWorker) and failure.waited


@pytest.mark.parametrize(
    "code",
    [
        "NO_PERMISSIONS",
        "NO_RESOURCE",
        "INVALID_PARAMETER",
        "INVALID_JSON",
        "FAILED_TO_ASSUME_ROLE",
        "ERROR_FROM_TARGET",
        "SDK_CLIENT_ERROR",
        "UNKNOWN",
    ],
)
@pytest.mark.parametrize("tried", [{}, {"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"}])
def test_an_event_that_was_refused_has_not_only_waited_however_often_it_was_tried(code, tried):
    failure = from_dead_letter(record(envelope(WORKER), ERROR_CODE=code, ERROR_MESSAGE="Not so", **tried))
    assert isinstance(failure, LostWorker) and not failure.waited
    assert failure.reason == f"its worker could not be started: {code}: Not so"


def test_a_message_the_queue_gave_up_is_a_lost_chunk():
    assert from_dead_letter(record(envelope(CHUNK))) == LostChunk(CHUNK)


def test_the_letter_to_oneself_is_understood():
    assert from_dead_letter({"messageId": "1", "body": recheck_message("equity")}) == Recheck("equity")


ENDED = ["ecs_task_exited.json", "batch_job_failed.json"]


@pytest.mark.parametrize("name", ENDED)
def test_an_end_that_its_rule_could_not_deliver_is_accounted_for_from_its_letter(name):
    letter = record(recorded(name), ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="not allowed")
    assert from_dead_letter(letter) == from_event(recorded(name))


@pytest.mark.parametrize("name", ENDED)
def test_an_end_that_the_failure_handler_itself_failed_on_is_accounted_for_from_its_letter(name):
    told = recorded("lambda_on_failure.json") | {"requestPayload": recorded(name)}
    assert from_dead_letter(record(told)) == from_event(recorded(name))


# As the platform's other deliveries are: an execution's end, an answer on the bus, a sweep, a call of finish_job.
OTHERS = [
    '{"detail-type": "Step Functions Execution Status Change", "detail": {}}',
    '{"detail-type": "Item Completed", "detail": {"job_id": "a"}}',
    '{"requestPayload": {"execution": "arn", "state": "Finish"}, "responsePayload": {"errorMessage": "no"}}',
    '{"requestPayload": []}',
    "",
]


@pytest.mark.parametrize("body", ["{", "[]", '{"detail-type": "Other"}', '{"requestPayload": {}}', *OTHERS])
def test_a_letter_that_holds_no_loss_is_told_apart(body):
    with pytest.raises(InvalidEvent):
        from_dead_letter({"messageId": "1", "body": body})


def test_a_task_that_ended_is_a_lost_worker():
    failure = from_task_change(recorded("ecs_task_exited.json")["detail"])
    assert (failure.request, failure.waited) == (WORKER, False)
    assert (
        failure.reason
        == "its Fargate task ended (exit code 137): EssentialContainerExited: Essential container in task "
        "exited: OutOfMemoryError: Container killed due to memory usage"
    )


def test_a_task_that_could_not_start_tells_why_and_only_once():
    failure = from_task_change(recorded("ecs_task_not_started.json")["detail"])
    assert failure.request == WORKER
    assert "it never ran" in failure.reason and failure.reason.count("CannotPullContainerError") == 1


def test_a_batch_job_that_ended_is_a_lost_worker():
    failure = from_job_change(recorded("batch_job_failed.json")["detail"])
    assert failure.request == WORKER
    assert (
        failure.reason == "its Batch job ended (exit code 137): Essential container in task exited: "
        "OutOfMemoryError: Container killed due to memory usage"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ecs_task_spot_interrupted.json", "(exit code 143): SpotInterruption: Your Spot Task was interrupted."),
        ("ecs_task_stopped.json", "(exit code 143): UserInitiated: Task stopped by user"),
        ("ecs_task_exited_well.json", "(exit code 0): EssentialContainerExited"),
        ("batch_job_timed_out.json", "(exit code 137): Job attempt duration exceeded timeout"),
        ("batch_job_spot_reclaimed.json", "(exit code 143): Your Spot Task was interrupted."),
        ("batch_job_exited_well.json", "(exit code 0): Essential container in task exited"),
    ],
)
def test_every_end_of_a_container_is_a_lost_worker_and_says_how(name, words):
    read = from_task_change if name.startswith("ecs") else from_job_change
    failure = read(recorded(name)["detail"])
    assert failure.request == WORKER
    assert words in failure.reason


@pytest.mark.parametrize("name", sorted(path.name for path in EVENTS.glob("ecs_task_*.json")))
def test_a_container_beside_the_worker_changes_nothing_wherever_it_stands(name):
    detail = recorded(name)["detail"]
    containers, overrides = detail["containers"], detail["overrides"]["containerOverrides"]
    assert len(containers) == len(overrides) == 2
    alone = {
        **detail,
        "containers": [each for each in containers if each["name"] == "worker"],
        "overrides": {"containerOverrides": [each for each in overrides if each["name"] == "worker"]},
    }
    turned = {
        **detail,
        "containers": containers[::-1],
        "overrides": {"containerOverrides": overrides[::-1]},
    }
    assert from_task_change(detail) == from_task_change(turned) == from_task_change(alone)


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"containerOverrides": []},
        {"containerOverrides": [{"name": "worker", "command": ["sh"]}]},
        {"containerOverrides": [{"name": "aws-guardduty-agent"}]},
        {"containerOverrides": [{"name": "worker", "command": ["python", "-m", "rollcall.worker", "--chunk", "7"]}]},
    ],
)
def test_a_task_that_was_started_for_something_else_is_told_apart(overrides):
    with pytest.raises(InvalidEvent, match="not started as a worker"):
        from_task_change({"overrides": overrides, "containers": []})


def test_a_batch_job_that_was_started_for_something_else_is_told_apart():
    with pytest.raises(InvalidEvent, match="not started as a worker"):
        from_job_change({"parameters": {}})
