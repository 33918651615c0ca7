"""AWS: Step Functions developer guide, "Service quotas" and "Handling errors"."""

import pytest

from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError
from embedded_cloud.extension.stepfunctions.history import MOST_BYTES, add_event, record, run_branches

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:"
PASS = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "Result": 0, "End": True}}}
# An iteration begins, enters its state, leaves it and ends; the execution and the Map itself have 6 events.
FITTING = (25_000 - 6 - 1) // 4


@pytest.mark.parametrize(("items", "status"), [(FITTING, "SUCCEEDED"), (FITTING + 1, "FAILED")])
def test_the_events_of_iterations_count_for_the_history_of_the_execution(states, items, status):
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Only"}]
    state = {"Type": "Map", "ItemsPath": "$", "ItemProcessor": PASS, "Catch": catch}
    ended = states.run(state, [0] * items)
    assert ended["status"] == status
    if status == "FAILED":
        assert ended["error"] == "States.Runtime"
        assert ended["cause"] == "The execution reached the maximum number of history events (25000)."


def test_a_child_of_a_map_run_has_a_history_of_its_own():
    parent, child = {"executionArn": "parent"}, {"executionArn": "child", "mapRunArn": "run"}
    record(parent, 10)
    with pytest.raises(ExecutionError):
        record(child, 25_000)
    assert parent["historyLength"] == 11


@pytest.mark.parametrize(("pattern", "events"), [("lambda:invoke", 2), ("events:putEvents.waitForTaskToken", 3)])
def test_a_task_is_scheduled_and_started_and_submitted_where_it_waits(pattern, events):
    execution = {}
    details = {"taskScheduledEventDetails": {"resource": f"arn:aws:states:::{pattern}"}}
    add_event(lambda execution, kind, details: details, execution, "TaskScheduled", details)
    assert execution["historyLength"] == 1 + events


def test_a_parallel_state_starts_and_succeeds():
    execution = {}
    run_branches(lambda *arguments: None, {}, {}, execution, {})
    assert execution["historyLength"] == 1 + 2


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("x" * (MOST_BYTES - 2), "SUCCEEDED"),
        ("x" * (MOST_BYTES - 1), "FAILED"),
        # 2 bytes each, but 6 where JSON is written in ASCII.
        ("é" * (MOST_BYTES // 2 - 1), "SUCCEEDED"),
    ],
)
def test_the_output_of_a_state_has_at_most_256_kib(states, text, status):
    ended = states.run({"Type": "Pass", "Result": text})
    assert ended["status"] == status
    assert ended.get("error") == ("States.DataLimitExceeded" if status == "FAILED" else None)


@pytest.mark.parametrize("caught", ["States.ALL", "States.TaskFailed"])
def test_a_task_with_too_large_a_result_fails_past_the_wildcards(cloud, states, caught):
    name = f"large-{caught.replace('.', '-')}"
    cloud.function(name, "def handler(event, context): return 'x' * 300_000")
    task = {"Type": "Task", "Resource": FUNCTION + name, "ResultPath": None, "End": True}
    task["Catch"] = [{"ErrorEquals": [caught], "Next": "Caught"}]
    branch = {"StartAt": "Call", "States": {"Call": task, "Caught": {"Type": "Succeed"}}}
    ended = states.run({"Type": "Parallel", "Branches": [branch]})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_the_answers_of_an_inline_map_together_have_at_most_256_kib(states):
    large = {"StartAt": "Large", "States": {"Large": {"Type": "Pass", "Result": "x" * 10_000, "End": True}}}
    state = {"Type": "Map", "ItemsPath": "$", "ItemProcessor": large}
    assert len(states.output(state, [0] * 25)) == 25
    assert states.run(state, [0] * 27)["error"] == "States.DataLimitExceeded"


def test_a_terminal_error_can_be_caught_by_its_own_name(states):
    large = {"Type": "Pass", "Result": "x" * 300_000, "End": True}
    branch = {"StartAt": "Large", "States": {"Large": large}}
    catch = [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Only"}]
    attempt = {"Type": "Parallel", "Branches": [branch], "Catch": catch, "End": True}
    outer = {"StartAt": "Try", "States": {"Try": attempt, "Only": {"Type": "Pass", "End": True}}}
    assert states.output({"Type": "Parallel", "Branches": [outer]})[0]["Error"] == "States.DataLimitExceeded"
