"""AWS: SQS API reference, ReceiveMessage: SenderId is, for a role, its unique id and the session's name."""

import json

SENDING = """
    import boto3
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="mine")
        return boto3.client("sts").get_caller_identity()["Arn"]
"""


def role_of(cloud, name):
    """ARN and unique id of a role that may send to every queue."""
    arn = cloud.role(name, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"})
    return arn, cloud.client("iam").get_role(RoleName=name)["Role"]["RoleId"]


def sender(cloud, url):
    def received():
        answer = cloud.client("sqs").receive_message(QueueUrl=url, MessageSystemAttributeNames=["SenderId"])
        return [message["Attributes"]["SenderId"] for message in answer.get("Messages", [])]

    return cloud.eventually(received)[0]


def sending_command(url):
    code = f"import boto3; boto3.client('sqs').send_message(QueueUrl='{url}', MessageBody='mine')"
    return ["python", "-c", code]


def test_a_function_sends_as_its_role(cloud):
    url, _ = cloud.queue("of-function")
    arn, role_id = role_of(cloud, "function-role")
    cloud.function("sending", SENDING, Role=arn)
    assert cloud.invoke("sending", {"queue": url}).endswith(":assumed-role/function-role/sending")
    assert sender(cloud, url) == f"{role_id}:sending"


def test_a_task_sends_as_its_task_role(cloud):
    url, _ = cloud.queue("of-task")
    arn, role_id = role_of(cloud, "task-role")
    cloud.task_definition("sending-task", sending_command(url))
    task = cloud.run_task("sending-task", overrides={"taskRoleArn": arn})
    assert sender(cloud, url) == f"{role_id}:{task.rpartition('/')[2]}"


def test_a_job_sends_as_its_job_role(cloud):
    url, _ = cloud.queue("of-job")
    arn, role_id = role_of(cloud, "job-role")
    cloud.job_definition("sending-job", sending_command(url), role=arn)
    cloud.submit("sending-job")
    assert sender(cloud, url).startswith(f"{role_id}:")


def test_the_account_itself_sends_as_its_number(cloud):
    url, _ = cloud.queue("of-account")
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="mine")
    assert sender(cloud, url) == "000000000000"


def test_a_function_that_consumes_a_queue_is_told_the_sender(cloud):
    url, arn = cloud.queue("consumed")
    told, _ = cloud.queue("consumed-told")
    role, role_id = role_of(cloud, "producer-role")
    cloud.function("producing", SENDING, Role=role)
    cloud.function(
        "consuming",
        f"import boto3, json\n"
        f"def handler(event, context):\n"
        f"    for record in event['Records']:\n"
        f"        boto3.client('sqs').send_message(QueueUrl='{told}', MessageBody=json.dumps(record['attributes']))",
    )
    cloud.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="consuming")
    cloud.invoke("producing", {"queue": url})
    assert json.loads(cloud.messages(told, 1)[0]["Body"])["SenderId"] == f"{role_id}:producing"
