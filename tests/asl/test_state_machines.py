"""Every state machine is valid, whole, and prepared for its tasks to fail."""

import json
import re
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from rollcall_cli.environment import ROOT

FILES = sorted((ROOT / "asl").glob("**/*.asl.json"))
ROLE = "arn:aws:iam::123456789012:role/states"
pytestmark = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def states(path: Path) -> dict[str, dict]:
    return json.loads(path.read_text())["States"]


def followers(state: dict) -> set[str]:
    choices = state.get("Choices", []) + state.get("Catch", [])
    return {step["Next"] for step in [state, *choices] if "Next" in step} | (
        {state["Default"]} if "Default" in state else set()
    )


def test_the_file_is_valid_json_as_it_is_and_after_terraform_has_filled_it(path):
    filled = re.sub(r"\$\{[a-z_]+\}", "arn:aws:lambda:us-east-1:123456789012:function:some-function", path.read_text())
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name="us-east-1")
        answer = client.create_state_machine(
            name="job", definition=filled, roleArn=ROLE
        )  # refuses what is not valid ASL
    assert answer["stateMachineArn"].endswith("job")


def test_every_next_exists_and_every_state_is_reached(path):
    document = json.loads(path.read_text())
    reached, waiting = set(), {document["StartAt"]}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= followers(document["States"][name]) - reached  # a KeyError here names a Next that does not exist
    assert reached == set(document["States"])


def test_every_task_has_a_timeout_a_catch_and_retries_with_backoff_and_jitter(path):
    for name, state in states(path).items():
        if state["Type"] != "Task":
            continue
        assert state["TimeoutSeconds"] > 0, name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        for retrier in state["Retry"]:
            assert retrier["MaxAttempts"] == 0 or (
                retrier["BackoffRate"] > 1 and retrier["JitterStrategy"] == "FULL"
            ), name


def test_every_failure_is_recorded_before_the_execution_fails(path):
    machine = states(path)
    for name, state in machine.items():
        for catcher in state.get("Catch", []):
            target = {"RecordFailure": "JobFailed", "Dispatch": "AwaitBarrier"}.get(name, "RecordFailure")
            assert catcher["Next"] == target, name
    assert machine["JobFailed"]["Type"] == "Fail"


def test_a_dispatch_that_fails_leaves_no_error_behind_for_the_sweeper_dispatches_again(path):
    assert states(path)["Dispatch"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "AwaitBarrier"}
    ]


def test_a_job_waits_for_a_held_lock_and_a_refused_input_is_not_tried_again(path):
    by_error = {error: retrier for retrier in states(path)["Partition"]["Retry"] for error in retrier["ErrorEquals"]}
    assert by_error["InputRefused"]["MaxAttempts"] == by_error["UnknownJobType"]["MaxAttempts"] == 0
    assert (by_error["LockHeld"]["MaxDelaySeconds"], by_error["LockHeld"]["MaxAttempts"]) == (60, 3000)
    assert list(by_error)[-1] == "States.TaskFailed"  # it takes in every other error, so it comes last


def test_functions_are_told_the_execution_for_its_name_says_which_run_of_which_job_it_is(path):
    for name in ("Partition", "AwaitBarrier", "Finish", "RecordFailure"):
        assert states(path)[name]["Parameters"]["Payload"]["execution.$"] == "$$.Execution.Name"


def test_the_next_step_is_told_the_run_and_how_every_item_ended(path):
    told = states(path)["NextStep"]["Parameters"]["Payload"]
    assert told["run.$"] == "$.run"
    counts = {"status", "items", "succeeded", "failed", "not_run"}
    assert {f"$.outcome.{name}" for name in counts} <= set(told.values())
    assert counts == set(states(path)["NothingToWaitFor"]["Result"])


def test_nothing_in_it_repeats_per_item(path):
    assert {state["Type"] for state in states(path).values()} <= {"Task", "Choice", "Pass", "Succeed", "Fail"}
