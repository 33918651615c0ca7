"""AWS: Step Functions developer guide, "Map state in distributed mode", "ResultWriter", "ItemBatcher"."""

import json
import time

import pytest
from ministack.services import stepfunctions

from embedded_cloud.extension.stepfunctions import map_runs

# Fails for an item that is negative; else gives the item ten times.
CHOICE = {"Type": "Choice", "Choices": [{"Variable": "$", "NumericLessThan": 0, "Next": "Fail"}], "Default": "Give"}
PROCESSOR = {
    "StartAt": "Choose",
    "States": {
        "Choose": CHOICE,
        "Fail": {"Type": "Fail", "Error": "Unpriced", "Cause": "negative"},
        "Give": {"Type": "Pass", "Parameters": {"own.$": "$"}, "End": True},
    },
}


def distributed(processor=PROCESSOR, kind="STANDARD", **state):
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    return {"Type": "Map", "ItemsPath": "$", "Label": "Run", "ItemProcessor": {**processor, **config}, **state}


def writing(bucket, **config):
    parameters = {"Bucket": bucket, "Prefix": "job/results"}
    return {"Resource": "arn:aws:states:::s3:putObject", "Parameters": parameters, "WriterConfig": config}


@pytest.fixture
def read(cloud):
    def read(bucket, key):
        return cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()

    return read


def test_results_are_written_with_a_manifest_that_names_their_files(cloud, states, read):
    cloud.client("s3").create_bucket(Bucket="written")
    state = distributed(
        ToleratedFailurePercentage=100, ResultWriter=writing("written", Transformation="COMPACT", OutputType="JSONL")
    )
    output = states.output(state, [1, -1, 2])
    uuid = output["MapRunArn"].rpartition(":")[2]
    assert output["ResultWriterDetails"] == {"Bucket": "written", "Key": f"job/results/{uuid}/manifest.json"}
    manifest = json.loads(read("written", output["ResultWriterDetails"]["Key"]))
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == ("written", output["MapRunArn"])
    (succeeded,), (failed,) = manifest["ResultFiles"]["SUCCEEDED"], manifest["ResultFiles"]["FAILED"]
    assert manifest["ResultFiles"]["PENDING"] == []
    text = read("written", succeeded["Key"])
    assert [json.loads(line) for line in text.splitlines()] == [{"own": 1}, {"own": 2}]
    assert succeeded["Size"] == len(text)
    (failure,) = map(json.loads, read("written", failed["Key"]).splitlines())
    assert (failure["Status"], failure["Error"], failure["Cause"]) == ("FAILED", "Unpriced", "negative")
    assert failure["Input"] == "-1" and "Output" not in failure


def test_without_a_writer_configuration_files_are_arrays_of_whole_children(cloud, states, read):
    cloud.client("s3").create_bucket(Bucket="whole")
    output = states.output(distributed(ResultWriter=writing("whole")), [1])
    folder = output["ResultWriterDetails"]["Key"].rpartition("/")[0]
    (child,) = json.loads(read("whole", f"{folder}/SUCCEEDED_0.json"))
    assert (child["Input"], child["Output"], child["Status"]) == ("1", '{"own": 1}', "SUCCEEDED")
    described = states.client.describe_execution(executionArn=child["ExecutionArn"])
    assert (described["status"], described["mapRunArn"]) == ("SUCCEEDED", output["MapRunArn"])


def test_a_bucket_that_is_not_there_fails_the_state(states):
    assert states.run(distributed(ResultWriter=writing("absent")), [1])["error"] == "States.ResultWriterFailed"


def test_outputs_that_are_arrays_can_be_taken_apart(states):
    give = {"StartAt": "Give", "States": {"Give": {"Type": "Pass", "End": True}}}
    flat = distributed(give, ResultWriter={"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}})
    assert states.output(flat, [[1, 2], 3]) == [1, 2, 3]
    assert states.output(distributed(give), [[1, 2], 3]) == [[1, 2], 3]


@pytest.mark.parametrize(
    ("limit", "failures", "status"),
    [
        ({}, 0, "SUCCEEDED"),
        ({}, 1, "FAILED"),
        ({"ToleratedFailureCount": 2}, 2, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, 3, "FAILED"),
        ({"ToleratedFailurePercentagePath": "$.limit"}, 5, "SUCCEEDED"),
        ({"ToleratedFailurePercentagePath": "$.limit"}, 6, "FAILED"),
        ({"ToleratedFailureCountPath": "$.limit", "ToleratedFailurePercentage": 10}, 2, "FAILED"),
    ],
)
def test_a_map_run_fails_once_more_than_is_tolerated_failed(states, limit, failures, status):
    items = [-1] * failures + [1] * (10 - failures)
    ended = states.run({**distributed(**limit), "ItemsPath": "$.items"}, {"items": items, "limit": 50})
    assert ended["status"] == status
    if status == "FAILED":
        assert ended["error"] == "States.ExceedToleratedFailureThreshold"


def test_no_child_begins_after_a_failure_that_is_not_tolerated(states):
    execution = states.start(distributed(MaxConcurrency=1), [-1, *range(30)])
    states.end(execution)
    counts = states.map_run(execution)["executionCounts"]
    assert (counts["failed"], counts["succeeded"], counts["pending"]) == (1, 0, 30)


def test_children_run_at_most_as_many_at_a_time_as_the_input_says_until_their_parent_is_stopped(cloud, states):
    url, _ = cloud.queue("children")
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    parameters = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token", "child.$": "$$.Execution.Id"}}
    ask = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    state = distributed({"StartAt": "Ask", "States": {"Ask": ask}}, MaxConcurrencyPath="$.most", ItemsPath="$.items")
    execution = states.start(state, {"items": list(range(60)), "most": 45})
    asked = cloud.messages(url, 45)
    time.sleep(0.5)
    assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=url) and len(asked) == 45
    states.client.stop_execution(executionArn=execution)
    cloud.eventually(lambda: states.map_run(execution)["status"] == "ABORTED")
    counts = states.map_run(execution)["executionCounts"]
    assert (counts["aborted"], counts["pending"], counts["running"]) == (45, 15, 0)
    child = states.client.describe_execution(executionArn=json.loads(asked[0]["Body"])["child"])
    assert child["status"] == "ABORTED"


def test_batches_end_at_the_limit_of_their_items(states):
    give = {"StartAt": "Give", "States": {"Give": {"Type": "Pass", "End": True}}}
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"job.$": "$.job"}}
    state = distributed(give, ItemsPath="$.items", ItemBatcher=batcher)
    assert states.output(state, {"items": [1, 2, 3], "job": "j"}) == [
        {"BatchInput": {"job": "j"}, "Items": [1, 2]},
        {"BatchInput": {"job": "j"}, "Items": [3]},
    ]


def test_a_result_above_256_kib_needs_a_writer(cloud, states):
    cloud.client("s3").create_bucket(Bucket="large")
    large = {"StartAt": "Large", "States": {"Large": {"Type": "Pass", "Result": "x" * 30_000, "End": True}}}
    assert states.run(distributed(large), [0] * 10)["error"] == "States.DataLimitExceeded"
    assert "MapRunArn" in states.output(distributed(large, ResultWriter=writing("large")), [0] * 10)


def test_express_children_are_billed_by_time_and_standard_ones_by_state(states, counted):
    states.output(distributed(kind="EXPRESS"), [1, 2, 3])
    express = counted()
    # The Map, and each child's start.
    assert express["states:StateTransition"] == 4
    assert express["states:ExpressExecution"] == 3
    assert express["states:ExpressMilliseconds"] >= 300 and express["states:ExpressMilliseconds"] % 100 == 0
    states.output(distributed(), [1, 2, 3])
    standard = counted()
    assert standard["states:StateTransition"] == 4 + 3 * 2
    assert (standard["states:StandardExecution"], standard["states:ExpressExecution"]) == (4, 0)


@pytest.fixture
def late(monkeypatch):
    """A map run of one Express child that began six minutes ago."""
    monkeypatch.setattr(map_runs.clock, "submit_after", lambda *call: None)
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
    processor = {"ProcessorConfig": {"ExecutionType": "EXPRESS"}}
    parent = {"stateMachineArn": machine, "executionArn": "parent"}
    limits = dict.fromkeys(("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"), 0)
    run = map_runs.MapRun({}, processor, parent, [1], limits)
    child = run._begin("1")
    child["startDate"] = "2020-01-01T00:00:00.000Z"
    yield run, child
    stepfunctions._executions.pop(child["executionArn"], None)


def test_an_express_child_ends_after_five_minutes(late):
    run, child = late
    run._end_late_ones()
    run._follow(child, 1, {})
    run._end(child)
    assert (child["status"], child["error"]) == ("TIMED_OUT", "States.Timeout")
    assert run.description["executionCounts"]["timedOut"] == 1 and run.failed


def test_only_the_latest_children_are_kept(late, monkeypatch):
    run, child = late
    monkeypatch.setattr(map_runs, "CHILDREN_KEPT", 0)
    child["status"] = "SUCCEEDED"
    run._end(child)
    assert child["executionArn"] not in stepfunctions._executions
