"""AWS: Step Functions API reference, StartExecution; developer guide, "Handling errors" and "Wait for a callback"."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:"
ROLE = "arn:aws:iam::000000000000:role/states"
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


@pytest.fixture
def machine(cloud, request):
    """Makes a state machine of one state; returns its ARN."""

    def make(state, **definition):
        text = json.dumps({"StartAt": "Only", "States": {"Only": {"End": True, **state}}, **definition})
        name = request.node.name[:70].replace("[", "-").replace("]", "-")
        return cloud.client("stepfunctions").create_state_machine(name=name, definition=text, roleArn=ROLE)[
            "stateMachineArn"
        ]

    return make


def run(cloud, machine, given=None):
    """Starts an execution and returns its description once it is over."""
    states = cloud.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))["executionArn"]
    return cloud.eventually(
        lambda: (found := states.describe_execution(executionArn=arn))["status"] != "RUNNING" and found
    )


def asking(url, **state):
    """A state that sends its token to the queue and waits."""
    parameters = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
    return {"Type": "Task", "Resource": CALLBACK, "Parameters": parameters, **state}


def test_a_start_with_the_same_name_and_input_is_the_same_execution(cloud, machine):
    states = cloud.client("stepfunctions")
    arn = machine({"Type": "Wait", "Seconds": 30})
    first = states.start_execution(stateMachineArn=arn, name="job-1", input='{"a": 1}')
    second = states.start_execution(stateMachineArn=arn, name="job-1", input='{"a": 1}')
    assert first["executionArn"] == second["executionArn"]
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="job-1", input='{"a": 2}')
    states.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="job-1", input='{"a": 1}')


def test_a_state_machine_past_its_timeout_reads_timed_out(cloud, machine):
    arn = machine({"Type": "Wait", "Seconds": 30}, TimeoutSeconds=1)
    assert run(cloud, arn)["status"] == "TIMED_OUT"


def test_an_exception_is_caught_by_its_class_name(cloud, machine):
    cloud.function("unpriced", "class Unpriced(Exception): pass\ndef handler(event, context): raise Unpriced('x')")
    catch = [{"ErrorEquals": ["Unpriced"], "ResultPath": "$.error", "Next": "Only"}]
    definition = {"Type": "Task", "Resource": FUNCTION + "unpriced", "Catch": catch}
    text = {
        "StartAt": "Call",
        "States": {"Call": {**definition, "End": True}, "Only": {"Type": "Succeed"}},
    }
    states = cloud.client("stepfunctions")
    arn = states.create_state_machine(name="catching", definition=json.dumps(text), roleArn=ROLE)["stateMachineArn"]
    ended = run(cloud, arn)
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["error"]["Error"] == "Unpriced"


def test_a_throttled_function_is_a_too_many_requests_exception(cloud, machine):
    cloud.function("throttled", "def handler(event, context): pass")
    cloud.client("lambda").put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    arn = machine({"Type": "Task", "Resource": FUNCTION + "throttled"})
    assert run(cloud, arn)["error"] == "Lambda.TooManyRequestsException"


def test_a_function_that_fails_before_it_answers_fails_the_waiting_state_at_once(cloud, machine):
    cloud.function("broken", "def handler(event, context): raise KeyError('x')")
    parameters = {"FunctionName": "broken", "Payload": {"token.$": "$$.Task.Token"}}
    state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Parameters": parameters}
    ended = run(cloud, machine({**state, "TimeoutSeconds": 60}))
    assert (ended["status"], ended["error"]) == ("FAILED", "KeyError")


def test_a_token_answers_the_state_that_waits_for_it(cloud, machine):
    url, _ = cloud.queue("waiting-tokens")
    states = cloud.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine(asking(url)))["executionArn"]
    token = json.loads(cloud.messages(url, 1)[0]["Body"])["token"]
    states.send_task_success(taskToken=token, output='{"answer": 42}')
    cloud.eventually(lambda: states.describe_execution(executionArn=arn).get("output") == '{"answer": 42}')


def test_each_attempt_has_a_token_of_its_own(cloud, machine):
    url, _ = cloud.queue("attempts")
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 0, "MaxAttempts": 1}]
    ended = run(cloud, machine(asking(url, TimeoutSeconds=1, Retry=retry)))
    assert ended["error"] == "States.Timeout"
    tokens = {json.loads(message["Body"])["token"] for message in cloud.messages(url, 2)}
    assert len(tokens) == 2


def test_a_missing_heartbeat_fails_the_state(cloud, machine):
    url, _ = cloud.queue("heartbeats")
    ended = run(cloud, machine(asking(url, TimeoutSeconds=60, HeartbeatSeconds=1)))
    assert ended["error"] == "States.HeartbeatTimeout"


def test_a_timeout_can_be_read_from_the_input(cloud, machine):
    url, _ = cloud.queue("paths")
    arn = machine(asking(url, TimeoutSecondsPath="$.seconds"))
    assert run(cloud, arn, {"seconds": 1})["error"] == "States.Timeout"


def test_the_delay_between_attempts_has_the_given_limit(cloud, machine):
    delays = {"IntervalSeconds": 1, "BackoffRate": 9999, "MaxDelaySeconds": 1}
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, **delays}
    arn = machine({"Type": "Task", "Resource": FUNCTION + "absent", "Retry": [retry]})
    # Without a limit the second delay is hours.
    assert run(cloud, arn)["status"] == "FAILED"


def test_a_stopped_execution_starts_no_more_work(cloud, machine):
    cloud.function("working", "import time\ndef handler(event, context): print('worked'); time.sleep(0.2)")
    items = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": FUNCTION + "working", "End": True}}}
    arn = machine({"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": items})
    states = cloud.client("stepfunctions")
    given = json.dumps({"items": list(range(50))})
    execution = states.start_execution(stateMachineArn=arn, input=given)["executionArn"]

    def worked():
        groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/working")["logGroups"]
        return groups and cloud.log_lines("/aws/lambda/working").count("worked")

    cloud.eventually(worked)
    states.stop_execution(executionArn=execution)
    at_work = worked() + 1
    time.sleep(2)
    assert worked() <= at_work < 50
    assert states.describe_execution(executionArn=execution)["status"] == "ABORTED"


def test_an_answer_that_is_no_json_is_refused(cloud, machine):
    url, _ = cloud.queue("invalid")
    states = cloud.client("stepfunctions")
    states.start_execution(stateMachineArn=machine(asking(url)))
    token = json.loads(cloud.messages(url, 1)[0]["Body"])["token"]
    with pytest.raises(ClientError, match="InvalidOutput"):
        states.send_task_success(taskToken=token, output="{")


@pytest.mark.parametrize(
    ("status", "state", "definition"),
    [
        ("SUCCEEDED", {"Type": "Pass", "Result": {"items": 1}}, {}),
        ("FAILED", {"Type": "Fail", "Error": "Rollcall.Broken", "Cause": "why", "End": None}, {}),
        ("TIMED_OUT", {"Type": "Wait", "Seconds": 30}, {"TimeoutSeconds": 1}),
        ("ABORTED", {"Type": "Wait", "Seconds": 30}, {}),
    ],
)
def test_the_end_of_an_execution_is_an_event_that_reaches_a_function(cloud, machine, status, state, definition):
    url, _ = cloud.queue(f"end-{status}")
    cloud.function(
        f"end-{status}",
        f"import boto3, json\n"
        f"def handler(event, context):\n"
        f"    boto3.client('sqs').send_message(QueueUrl='{url}', MessageBody=json.dumps(event))",
    )
    arn = machine({name: value for name, value in {"End": True, **state}.items() if value is not None}, **definition)
    pattern: dict[str, Any] = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}
    pattern["detail"] = {"status": [status], "stateMachineArn": [arn]}
    cloud.client("events").put_rule(Name=f"end-{status}", EventPattern=json.dumps(pattern))
    cloud.allow_rule(FUNCTION + f"end-{status}", f"end-{status}")
    cloud.client("events").put_targets(Rule=f"end-{status}", Targets=[{"Id": "f", "Arn": FUNCTION + f"end-{status}"}])
    states = cloud.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=arn, name="job-1.2", input='{"job": 1}')["executionArn"]
    if status == "ABORTED":
        states.stop_execution(executionArn=execution, error="Cancelled", cause="by hand")
    event = json.loads(cloud.messages(url, 1)[0]["Body"])
    detail = event["detail"]
    assert event["resources"] == [execution]
    assert (detail["executionArn"], detail["name"], detail["status"]) == (execution, "job-1.2", status)
    assert detail["input"] == '{"job": 1}'
    assert detail["stopDate"] >= detail["startDate"]
    assert detail["output"] == ('{"items": 1}' if status == "SUCCEEDED" else None)
    if status == "FAILED":
        assert (detail["error"], detail["cause"]) == ("Rollcall.Broken", "why")


def test_an_error_of_its_own_name_is_retried_with_growing_delays(cloud, machine):
    url, _ = cloud.queue("locked")
    cloud.function(
        "locked",
        f"""
        import boto3, time
        class JobLocked(Exception): pass
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl="{url}", MessageBody=str(time.time()))
            raise JobLocked("held by another")
        """,
    )
    retry = {"ErrorEquals": ["JobLocked"], "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxDelaySeconds": 60}
    task = {"Type": "Task", "Resource": FUNCTION + "locked", "Retry": [{**retry, "MaxAttempts": 2}]}
    failed = run(cloud, machine(task))
    assert (failed["status"], failed["error"]) == ("FAILED", "JobLocked")
    first, second, third = sorted(float(message["Body"]) for message in cloud.messages(url, 3))
    assert second - first >= 1
    assert third - second >= 1.5
