"""AWS: the errors of each service's API reference, and Lambda's reserved concurrency."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from tests.capacity import throttle
from tests.scripts.embedded_cloud.extension.lambda_.test_event_queue import FUNCTION, count_runs

from embedded_cloud.extension.throttling import ANSWERS

ASKING = """
    import boto3
    from botocore.config import Config
    CALLS = {
        "batch": ("batch", lambda c: c.describe_jobs(jobs=["none"])),
        "dynamodb": ("dynamodb", lambda c: c.get_item(TableName="none", Key={"a": {"S": "b"}})),
        "ecs": ("ecs", lambda c: c.stop_task(task="none")),
        "events": ("events", lambda c: c.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])),
        "lambda": ("lambda", lambda c: c.invoke(FunctionName="none")),
        "s3": ("s3", lambda c: c.list_buckets()),
        "sqs": ("sqs", lambda c: c.get_queue_url(QueueName="none")),
        "ssm": ("ssm", lambda c: c.get_parameter(Name="none")),
        "states": ("stepfunctions", lambda c: c.describe_execution(executionArn="arn:aws:states:us-east-1:0:e:a:b")),
    }
    def handler(event, context):
        found = {}
        for service, (name, call) in CALLS.items():
            client = boto3.client(name, config=Config(retries={"total_max_attempts": 1}))
            try:
                call(client)
            except Exception as error:
                answer = getattr(error, "response", {})
                status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
                found[service] = [answer.get("Error", {}).get("Code"), status]
        return found
"""
READING = """
    import boto3
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl="{told}", MessageBody="read")
"""


@pytest.fixture
def shares(cloud):
    def set_shares(**given: float) -> None:
        throttle(cloud.settings.url, given)

    yield set_shares
    set_shares()


def test_each_service_refuses_functions_in_its_own_words_and_nobody_else(cloud, shares):
    cloud.function("asks-all", ASKING, Timeout=60)
    before = cloud.invoke("asks-all", {})
    shares(**{name: 1 for name in ANSWERS if name != "lambda"})
    told = {service: tuple(answer) for service, answer in cloud.invoke("asks-all", {}).items()}
    assert told == {**ANSWERS, "lambda": tuple(before["lambda"])}
    assert cloud.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    shares()
    assert cloud.invoke("asks-all", {}) == before


def test_a_throttled_lambda_refuses_who_waits_and_keeps_what_came_by_events_and_queues(cloud, shares):
    runs = count_runs(cloud, "kept")
    (url, arn), (told, _) = cloud.queue("kept"), cloud.queue("kept-told")
    cloud.function("kept-reading", READING.format(told=told))
    cloud.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="kept-reading")
    cloud.route("kept", {"Arn": FUNCTION + "kept"})
    shares(**{"lambda": 1})
    cloud.put("kept", {})
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        cloud.invoke("kept", {"detail": {}})
    time.sleep(2)
    assert runs() == 0 and cloud.client("sqs").receive_message(QueueUrl=told).get("Messages", []) == []
    shares()
    assert len(cloud.messages(told, 1)) == 1
    cloud.eventually(lambda: runs() == 1)


def test_what_a_rule_brings_to_a_throttled_service_is_delivered_later(cloud, shares):
    url, arn = cloud.queue("later")
    cloud.route("later", {"Arn": arn})
    shares(sqs=1)
    cloud.put("later", {})
    time.sleep(1)
    assert cloud.client("sqs").receive_message(QueueUrl=url).get("Messages", []) == []
    shares()
    assert len(cloud.messages(url, 1)) == 1


def test_a_state_that_calls_a_throttled_service_fails_by_the_name_of_all_that_its_sdk_has_no_other_for(states, shares):
    entry = {"Source": "throttled", "DetailType": "Told", "Detail": {}}
    put = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "Parameters": {"Entries": [entry]}}
    shares(events=1)
    ended = states.run(put)
    assert (ended["error"], ended["cause"]) == (
        "EventBridge.AmazonEventBridgeException",
        "Rate exceeded (ThrottlingException)",
    )
    shares()
    assert states.output(put)["FailedEntryCount"] == 0


def test_a_reserved_place_is_free_when_all_others_are_taken(cloud):
    gate = count_runs(cloud, "reserved-gate")
    runs = count_runs(cloud, "takes-all")
    own = count_runs(cloud, "own-place")
    cloud.client("lambda").put_function_concurrency(FunctionName="own-place", ReservedConcurrentExecutions=1)
    waits = {"detail": {"after": "reserved-gate", "runs": 1}}
    with ThreadPoolExecutor(cloud.settings.lambdas) as pool:
        calls = [pool.submit(cloud.invoke, "takes-all", waits) for _ in range(cloud.settings.lambdas)]
        cloud.eventually(lambda: runs() == cloud.settings.lambdas)
        cloud.client("lambda").put_function_concurrency(FunctionName="reserved-gate", ReservedConcurrentExecutions=1)
        cloud.invoke("own-place", {"detail": {}})
        assert own() == 1
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            cloud.invoke("takes-all", waits)
        cloud.invoke("reserved-gate", {"detail": {}})
        assert all(call.result() is None for call in calls)
    assert gate() == 1
