"""AWS: EventBridge user guide, "Event retry policy and using dead-letter queues" and "Targets"."""

import json
import time

import pytest
from tests.scripts.embedded_cloud.conftest import PATIENCE_SECONDS

from embedded_cloud.extension.eventbridge import delivery
from embedded_cloud.extension.eventbridge.delivery import Delivery
from embedded_cloud.extension.eventbridge.targets import DeliveryFailed, _require_success

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:"
LIMITS = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}


def letter(message):
    """A dead letter's attributes and its event."""
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    return attributes, json.loads(message["Body"])


def test_an_event_for_a_target_that_does_not_exist_goes_to_the_dead_letter_queue_at_once(cloud):
    url, arn = cloud.queue("letters-missing")
    cloud.route("missing", {"Arn": FUNCTION + "gone", "RetryPolicy": LIMITS, "DeadLetterConfig": {"Arn": arn}})
    cloud.put("missing", {"number": 1})
    attributes, event = letter(cloud.messages(url, 1)[0])
    assert attributes == {
        "RULE_ARN": "arn:aws:events:us-east-1:000000000000:rule/missing",
        "TARGET_ARN": FUNCTION + "gone",
        "ERROR_CODE": "NO_RESOURCE",
        "ERROR_MESSAGE": f"{FUNCTION}gone does not exist",
        "RETRY_ATTEMPTS": "0",
    }
    assert (event["source"], event["detail"]) == ("missing", {"number": 1})


def test_a_task_that_is_refused_for_good_is_not_tried_again(cloud):
    url, arn = cloud.queue("letters-refused")
    cloud.task_definition("refused", ["true"])
    target = {
        "Arn": "arn:aws:ecs:us-east-1:000000000000:cluster/refused",
        "RoleArn": "arn:aws:iam::000000000000:role/events",
        "EcsParameters": {"TaskDefinitionArn": "arn:aws:ecs:us-east-1:000000000000:task-definition/unknown"},
    }
    cloud.route("refused", {**target, "RetryPolicy": LIMITS, "DeadLetterConfig": {"Arn": arn}})
    cloud.put("refused", {})
    attributes, _ = letter(cloud.messages(url, 1)[0])
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("INVALID_PARAMETER", "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes
    assert "Unable to find task definition" in attributes["ERROR_MESSAGE"]


@pytest.mark.parametrize(
    ("status", "kind", "code", "retried"),
    [
        (400, "ThrottlingException", "THROTTLING", True),
        (429, "TooManyRequestsException", "THROTTLING", True),
        (400, "LimitExceededException", "RESOURCE_LIMIT_EXCEEDED", True),
        (500, "ServerException", "INTERNAL_ERROR", True),
        (400, "AccessDeniedException", "NO_PERMISSIONS", False),
        (400, "ClusterNotFoundException", "NO_RESOURCE", False),
        (400, "ClientException", "INVALID_PARAMETER", False),
    ],
)
def test_what_a_target_answers_decides_whether_it_is_tried_again(status, kind, code, retried):
    """AWS: re:Post, "Resolve failed invocation errors with EventBridge": it retries 5xx and 429 only."""
    with pytest.raises(DeliveryFailed) as failed:
        _require_success((status, {}, json.dumps({"__type": kind, "message": "no"})))
    assert (failed.value.code, failed.value.retried) == (code, retried)


class Throttled:
    """A target that takes an event after some refusals; `letters` are what was given up."""

    def __init__(self, monkeypatch, refusals: int):
        self.left, self.tries, self.letters = refusals, 0, []
        monkeypatch.setattr(delivery, "deliver", self.deliver)
        monkeypatch.setattr(
            delivery, "send_dead_letter", lambda as_whom, queue, body, attributes: self.letters.append(attributes)
        )
        monkeypatch.setattr(delivery.deliveries, "submit_after", lambda delay, attempt, delivery: attempt(delivery))
        delivery.attempt(
            Delivery({"Arn": "arn", "DeadLetterConfig": {"Arn": "letters"}, "RetryPolicy": LIMITS}, {}, {}, View())
        )

    def deliver(self, *_) -> None:
        self.tries += 1
        if self.tries <= self.left:
            raise DeliveryFailed("THROTTLING", "slow down")


class View:
    def event_with_detail(self) -> dict:
        return {}


def test_a_throttled_event_is_delivered_once_there_is_room(monkeypatch):
    target = Throttled(monkeypatch, refusals=2)
    assert (target.tries, target.letters) == (3, [])


def test_a_throttled_event_is_given_up_when_the_retry_policy_is_exhausted(monkeypatch):
    (attributes,) = Throttled(monkeypatch, refusals=3).letters
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("THROTTLING", 2)
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_put_events_does_not_wait_for_the_targets(cloud):
    gate, _ = cloud.queue("gate")
    passed, _ = cloud.queue("passed")
    code = f"""
        import boto3
        def handler(event, context):
            sqs = boto3.client("sqs")
            while not sqs.receive_message(QueueUrl="{gate}", WaitTimeSeconds=20).get("Messages"):
                pass
            sqs.send_message(QueueUrl="{passed}", MessageBody="passed")
    """
    cloud.function("slow-target", code, Timeout=900)
    cloud.route("slow-target", {"Arn": FUNCTION + "slow-target"})
    cloud.put("slow-target", *({"number": number} for number in range(10)))
    sqs = cloud.client("sqs")
    assert "Messages" not in sqs.receive_message(QueueUrl=passed)
    sqs.send_message_batch(QueueUrl=gate, Entries=[{"Id": str(n), "MessageBody": "open"} for n in range(10)])
    assert len(cloud.messages(passed, 10)) == 10


def test_a_transformed_event_starts_a_task_with_its_values_as_arguments(cloud):
    cloud.task_definition("transformed", ["true"])
    command = ["python", "-c", "import sys; print(sys.argv[1:])", "<job>", "<chunk>", "<input>"]
    target = {
        "Arn": "arn:aws:ecs:us-east-1:000000000000:cluster/transformed",
        "RoleArn": "arn:aws:iam::000000000000:role/events",
        "EcsParameters": {
            "TaskDefinitionArn": "arn:aws:ecs:us-east-1:000000000000:task-definition/transformed",
            "CapacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
            "TaskCount": 1,
        },
        "InputTransformer": {
            "InputPathsMap": {"job": "$.detail.job", "chunk": "$.detail.chunk", "input": "$.detail.input"},
            "InputTemplate": json.dumps({"containerOverrides": [{"name": "worker", "command": command}]}),
        },
    }
    cloud.route("transformed", target)
    cloud.put("transformed", {"job": "j-1", "chunk": 7, "input": ""})
    ecs = cloud.client("ecs")
    arns = cloud.eventually(lambda: ecs.list_tasks(cluster="transformed", desiredStatus="STOPPED")["taskArns"])
    task = ecs.describe_tasks(cluster="transformed", tasks=arns)["tasks"][0]
    assert cloud.log_lines("/ecs/transformed") == ["['j-1', '7', '']"]
    assert (task["startedBy"], task["capacityProviderName"]) == ("events-rule/transformed", "FARGATE_SPOT")


def test_a_transformed_event_submits_a_job_with_its_values_as_parameters(cloud):
    command = ["python", "-c", "import sys; print(sys.argv[1:])", "Ref::chunk", "Ref::input"]
    cloud.job_definition("parameters", command, parameters={"chunk": "none", "input": "none"})
    target = {
        "Arn": "arn:aws:batch:us-east-1:000000000000:job-queue/parameters",
        "RoleArn": "arn:aws:iam::000000000000:role/events",
        "BatchParameters": {"JobDefinition": "parameters", "JobName": "parameters"},
        "InputTransformer": {
            "InputPathsMap": {"chunk": "$.detail.chunk", "input": "$.detail.input"},
            "InputTemplate": json.dumps({"Parameters": {"chunk": "<chunk>", "input": "<input>"}}),
        },
    }
    cloud.route("parameters", target)
    cloud.put("parameters", {"chunk": 7, "input": ""})
    cloud.eventually(lambda: "['7', '']" in cloud.log_lines("/aws/batch/job"))


def test_an_event_is_not_tried_again_past_the_age_its_target_allows():
    target = {"Arn": "arn", "RetryPolicy": {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 185}}
    young = Delivery(target, {}, {}, None, since=time.monotonic() - 100)
    old = Delivery(target, {}, {}, None, since=time.monotonic() - 300)
    assert young.exhausted() is None
    assert old.exhausted() == "MaximumEventAgeInSeconds"


def test_requests_for_workers_reach_their_queue_as_fast_as_they_are_put(cloud):
    url, arn = cloud.queue("requests")
    cloud.route("requests", {"Arn": arn})
    started = time.monotonic()
    cloud.put("requests", *({"slot": slot} for slot in range(1000)))
    took_to_put = time.monotonic() - started
    attributes = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    cloud.eventually(
        lambda: (
            cloud.client("sqs").get_queue_attributes(**attributes)["Attributes"]["ApproximateNumberOfMessages"]
            == "1000"
        )
    )
    assert time.monotonic() - started < max(5 * took_to_put, PATIENCE_SECONDS / 2)
