"""What a user of a cloud that was killed expects to find again."""

import json
import os
import signal
import time

import pytest

from embedded_cloud import lifecycle
from embedded_cloud.processes import ProcessRecord, marked

ROLE = "arn:aws:iam::000000000000:role/states"
SAVED = ("batch", "dynamodb", "ecs", "eventbridge", "lambda", "s3", "sqs")


@pytest.fixture
def killed(own_cloud):
    """A cloud with some of everything, killed after a snapshot and started again; and the work that ran then."""
    make_some_of_everything(own_cloud)
    task, job = own_cloud.run_task("running"), own_cloud.submit("running")
    own_cloud.task("running", task, "RUNNING")
    own_cloud.job(job, "RUNNING")
    wait_for_snapshot(own_cloud)
    mark = ProcessRecord.read(own_cloud.settings.pid_file).mark
    os.kill(lifecycle.status(own_cloud.settings).pid, signal.SIGKILL)
    own_cloud.eventually(lambda: not marked(mark))
    lifecycle.up(own_cloud.settings)
    return own_cloud, task, job


def wait_for_snapshot(cloud):
    """Until every service was saved after now."""
    now = time.time()
    files = [cloud.settings.state / f"{service}.json" for service in SAVED]
    cloud.eventually(lambda: all(file.exists() and file.stat().st_mtime > now for file in files))


def make_some_of_everything(cloud):
    cloud.client("s3").create_bucket(Bucket="kept")
    cloud.client("s3").put_object(Bucket="kept", Key="result", Body=b"42")
    cloud.client("dynamodb").create_table(
        TableName="kept",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
    )
    cloud.client("dynamodb").put_item(TableName="kept", Item={"name": {"S": "item"}})
    url, arn = cloud.queue("kept")
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="message")
    cloud.route("kept", {"Arn": arn})
    cloud.function("kept", "def handler(event, context): return event")
    cloud.task_definition("running", ["sleep", "60"])
    cloud.job_definition("running", ["sleep", "60"])


def test_after_kill_9_everything_saved_is_there_and_what_ran_has_ended(killed):
    cloud, task, job = killed
    assert cloud.client("s3").get_object(Bucket="kept", Key="result")["Body"].read() == b"42"
    assert "Item" in cloud.client("dynamodb").get_item(TableName="kept", Key={"name": {"S": "item"}})
    assert cloud.invoke("kept", "answered") == "answered"
    url = cloud.client("sqs").get_queue_url(QueueName="kept")["QueueUrl"]
    cloud.put("kept", {"number": 1})
    assert len(cloud.messages(url, 2)) == 2
    ended = cloud.task("running", task, "STOPPED")
    assert ended["stoppedReason"] == "Host terminated"
    assert cloud.job(job, "FAILED")["statusReason"] == "Host terminated"


def test_a_clean_stop_saves_what_was_written_last(own_cloud):
    own_cloud.queue("last")
    lifecycle.down(own_cloud.settings)
    lifecycle.up(own_cloud.settings)
    assert own_cloud.client("sqs").get_queue_url(QueueName="last")


def test_an_execution_that_ran_when_the_cloud_ended_is_an_event_after_its_restart(own_cloud):
    url, arn = own_cloud.queue("interrupted")
    pattern = {"source": ["aws.states"], "detail": {"status": ["FAILED"]}}
    own_cloud.client("events").put_rule(Name="interrupted", EventPattern=json.dumps(pattern))
    own_cloud.client("events").put_targets(Rule="interrupted", Targets=[{"Id": "only", "Arn": arn}])
    states = own_cloud.client("stepfunctions")
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    machine = states.create_state_machine(name="waiting", definition=json.dumps(definition), roleArn=ROLE)
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"], name="job-1")["executionArn"]
    lifecycle.down(own_cloud.settings)
    lifecycle.up(own_cloud.settings)
    detail = json.loads(own_cloud.messages(url, 1)[0]["Body"])["detail"]
    assert (detail["executionArn"], detail["error"]) == (execution, "States.ServiceRestart")


def test_messages_keep_their_group_and_their_delay_over_a_restart(own_cloud):
    url, _ = own_cloud.queue("kept-messages")
    sqs = own_cloud.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="now", MessageGroupId="job-1")
    sqs.send_message(QueueUrl=url, MessageBody="in flight")
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    lifecycle.down(own_cloud.settings)
    lifecycle.up(own_cloud.settings)
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
    assert [message["Body"] for message in answer["Messages"]] == ["now", "in flight"]
    assert answer["Messages"][0]["Attributes"]["MessageGroupId"] == "job-1"
    assert answer["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "2"
