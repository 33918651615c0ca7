"""AWS: Lambda developer guide, "Defining Lambda function permissions with an execution role"."""

import json

import pytest
from botocore.exceptions import ClientError

READ = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
NOTHING = "def handler(event, context): pass"


def test_a_role_that_does_not_trust_lambda_is_refused(cloud):
    role = cloud.role("trusts-tasks", services=("ecs-tasks",))
    with pytest.raises(ClientError, match="The role defined for the function cannot be assumed by Lambda"):
        cloud.function("distrusted", NOTHING, Role=role)
    cloud.function("trusted", NOTHING)
    with pytest.raises(ClientError, match="The role defined for the function cannot be assumed by Lambda"):
        cloud.client("lambda").update_function_configuration(FunctionName="trusted", Role=role)


def test_a_role_that_does_not_exist_is_refused(cloud):
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        cloud.function("roleless", NOTHING, Role="arn:aws:iam::000000000000:role/nobody")


@pytest.mark.parametrize("missing", READ)
def test_a_queue_that_the_role_may_not_read_is_refused(cloud, allow, missing):
    name = f"no-{missing.rpartition(':')[2]}"
    _, queue = cloud.queue(name)
    cloud.function(name, NOTHING, Role=cloud.role(name, allow([action for action in READ if action != missing], queue)))
    with pytest.raises(ClientError, match=f"does not have permissions to call {missing[4:]} on SQS"):
        cloud.client("lambda").create_event_source_mapping(EventSourceArn=queue, FunctionName=name)


def test_a_queue_that_the_role_may_not_read_any_more_is_left_alone(cloud, allow):
    url, queue = cloud.queue("once-readable")
    role = cloud.role("reader", allow(READ, queue))
    cloud.function("reader", NOTHING, Role=role)
    mapping = cloud.client("lambda").create_event_source_mapping(EventSourceArn=queue, FunctionName="reader")["UUID"]
    cloud.client("iam").delete_role_policy(RoleName="reader", PolicyName="inline")

    def problem():
        return (
            "sqs:ReceiveMessage"
            in cloud.client("lambda").get_event_source_mapping(UUID=mapping)["LastProcessingResult"]
        )

    cloud.eventually(problem)
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="unread")
    assert cloud.messages(url, 1)[0]["Body"] == "unread"


def test_what_fails_is_told_to_its_destination_as_the_role(cloud, allow):
    url, queue = cloud.queue("destination", Policy="")
    open_role = cloud.role("may-tell", allow("sqs:SendMessage", queue))
    closed_role = cloud.role("may-not-tell")
    for name, role in (("may-tell", open_role), ("may-not-tell", closed_role)):
        cloud.function(name, "def handler(event, context): raise ValueError", Role=role)
        destination = {"OnFailure": {"Destination": queue}}
        cloud.client("lambda").put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=destination
        )
        cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event")
    record = json.loads(cloud.messages(url, 1)[0]["Body"])
    assert record["requestContext"]["functionArn"].endswith(":may-tell:$LATEST")
    lost = "assumed-role/may-not-tell/lambda is not authorized to perform: sqs:SendMessage"
    cloud.eventually(lambda: lost in cloud.settings.log_file.read_text())


def test_a_log_is_written_as_the_role(cloud, allow, arn):
    group = arn("logs", "log-group:/aws/lambda/logs-itself:*")
    write = allow(["logs:CreateLogStream", "logs:PutLogEvents"], group)
    for name, statements in (("logs-itself", [write]), ("logs-nothing", [])):
        cloud.function(name, "def handler(event, context): print('hello')", Role=cloud.role(name, *statements))
        cloud.invoke(name)
    cloud.eventually(lambda: "hello" in "".join(cloud.log_lines("/aws/lambda/logs-itself")))
    lost = "The log of logs-nothing is lost: User: arn:aws:sts::000000000000:assumed-role/logs-nothing/lambda"
    cloud.eventually(lambda: lost in cloud.settings.log_file.read_text())
