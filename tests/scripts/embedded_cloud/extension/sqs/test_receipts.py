"""AWS: SQS developer guide, "Visibility timeout", "Dead-letter queues", "Short and long polling"; API reference."""

import asyncio
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psutil
import pytest
from botocore.exceptions import ClientError
from tests.scripts.embedded_cloud.conftest import Cloud

from embedded_cloud import lifecycle
from embedded_cloud.extension.sqs import queues
from embedded_cloud.extension.sqs.message_store import MessageStore


def send(cloud, url, body="work", **options):
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body, **options)


def receive(cloud, url, **options):
    answer = cloud.client("sqs").receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"], **options)
    return answer.get("Messages", [])


def counts(cloud, url):
    """Visible, in flight, delayed."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return tuple(int(attributes[name]) for name in names)


def test_a_message_given_back_is_there_at_once_and_counts_its_receives(cloud):
    url, _ = cloud.queue("given-back")
    send(cloud, url)
    for number in (1, 2, 3):
        (message,) = receive(cloud, url)
        assert message["Attributes"]["ApproximateReceiveCount"] == str(number)
        assert receive(cloud, url) == []
        cloud.client("sqs").change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )


@pytest.mark.full
def test_visibility_that_is_renewed_keeps_a_message_from_others(cloud):
    url, _ = cloud.queue("renewed", VisibilityTimeout="5")
    send(cloud, url)
    (message,) = receive(cloud, url)
    cloud.client("sqs").change_message_visibility(
        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=3600
    )
    assert receive(cloud, url, WaitTimeSeconds=6) == []
    cloud.client("sqs").change_message_visibility(
        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=1
    )
    assert len(receive(cloud, url, WaitTimeSeconds=20)) == 1


def test_a_batch_reports_the_handles_that_are_gone_and_does_the_others(cloud):
    url, _ = cloud.queue("gone")
    for body in ("deleted", "there"):
        send(cloud, url, body)
    deleted, there = receive(cloud, url, MaxNumberOfMessages=10)
    cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=deleted["ReceiptHandle"])
    handles = {"deleted": deleted["ReceiptHandle"], "there": there["ReceiptHandle"], "unknown": "no-handle"}
    entries = [{"Id": name, "ReceiptHandle": handle, "VisibilityTimeout": 0} for name, handle in handles.items()]
    answer = cloud.client("sqs").change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["there"]
    assert {entry["Id"] for entry in answer["Failed"]} == {"deleted", "unknown"}
    assert all(entry["SenderFault"] and entry["Code"] for entry in answer["Failed"])
    assert [message["Body"] for message in receive(cloud, url)] == ["there"]


def test_a_receipt_handle_is_as_long_as_on_aws_and_new_with_each_receive(cloud):
    url, _ = cloud.queue("long-handles", VisibilityTimeout="0")
    send(cloud, url)
    handles = [receive(cloud, url)[0]["ReceiptHandle"] for _ in range(3)]
    assert len(set(handles)) == 3
    assert {len(handle) for handle in handles} == {412}


def test_a_short_poll_of_a_queue_with_too_many_messages_in_flight_is_over_the_limit(own_settings):
    """AWS: SQS developer guide, "Standard queue quotas"; a long poll gets no error and no message."""
    lifecycle.up(replace(own_settings, in_flight=3), say=lambda _: None)
    cloud = Cloud(own_settings)
    url, _ = cloud.queue("over")
    for _ in range(5):
        send(cloud, url)
    assert len(held := receive(cloud, url, MaxNumberOfMessages=10)) == 3
    with pytest.raises(cloud.client("sqs").exceptions.OverLimit):
        receive(cloud, url)
    assert receive(cloud, url, WaitTimeSeconds=1) == []
    assert counts(cloud, url) == (2, 3, 0)
    cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"])
    assert len(receive(cloud, url, MaxNumberOfMessages=10)) == 1


def test_a_message_that_is_visible_again_is_not_in_flight(cloud):
    url, _ = cloud.queue("late", VisibilityTimeout="0")
    send(cloud, url)
    (message,) = receive(cloud, url)
    with pytest.raises(ClientError, match="MessageNotInflight"):
        cloud.client("sqs").change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=30
        )


@pytest.mark.full
def test_one_message_can_be_delayed_and_is_counted_as_delayed(cloud):
    url, _ = cloud.queue("delayed")
    send(cloud, url, "later", DelaySeconds=10)
    send(cloud, url, "now")
    send(cloud, url, "waits")
    assert [message["Body"] for message in receive(cloud, url)] == ["now"]
    assert counts(cloud, url) == (1, 1, 1)
    assert [message["Body"] for message in receive(cloud, url)] == ["waits"]
    assert [message["Body"] for message in receive(cloud, url, WaitTimeSeconds=20)] == ["later"]


def test_a_message_received_too_often_reaches_the_function_of_the_dead_letter_queue(cloud):
    told, _ = cloud.queue("told")
    letters, letters_arn = cloud.queue("spent-letters")
    redrive = json.dumps({"deadLetterTargetArn": letters_arn, "maxReceiveCount": 2})
    url, arn = cloud.queue("spent", RedrivePolicy=redrive)
    cloud.function(
        "undertaker",
        f"import boto3, json\n"
        f"def handler(event, context):\n"
        f"    boto3.client('sqs').send_message(QueueUrl='{told}', MessageBody=json.dumps(event['Records'][0]))",
    )
    cloud.client("lambda").create_event_source_mapping(EventSourceArn=letters_arn, FunctionName="undertaker")
    send(cloud, url, "chunk", MessageAttributes={"kind": {"DataType": "String", "StringValue": "chunk"}})
    for _ in range(2):
        assert len(receive(cloud, url, VisibilityTimeout=0)) == 1
    assert receive(cloud, url) == []
    record = json.loads(cloud.messages(told, 1)[0]["Body"])
    assert record["body"] == "chunk"
    assert record["messageAttributes"]["kind"]["stringValue"] == "chunk"
    assert record["attributes"]["DeadLetterQueueSourceArn"] == arn


@pytest.mark.full
def test_records_a_function_reports_as_failed_come_back_after_the_visibility_timeout(cloud):
    told, _ = cloud.queue("partial-told")
    url, arn = cloud.queue("partial", VisibilityTimeout="20")
    cloud.function(
        "partial",
        f"import boto3\n"
        f"def handler(event, context):\n"
        f"    failed = [r for r in event['Records'] if r['body'] == 'bad'"
        f" and r['attributes']['ApproximateReceiveCount'] == '1']\n"
        f"    for r in event['Records']:\n"
        f"        text = r['body'] + r['attributes']['ApproximateReceiveCount']\n"
        f"        boto3.client('sqs').send_message(QueueUrl='{told}', MessageBody=text)\n"
        f"    return {{'batchItemFailures': [{{'itemIdentifier': r['messageId']}} for r in failed]}}",
    )
    cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName="partial", FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    for body in ("good", "bad"):
        send(cloud, url, body)
    assert sorted(message["Body"] for message in cloud.messages(told, 3)) == ["bad1", "bad2", "good1"]
    cloud.eventually(lambda: counts(cloud, url) == (0, 0, 0))


def test_a_waiting_receive_gets_what_arrives_and_what_is_given_back(cloud):
    """Before one that began to wait earlier, and gets nothing, has waited to the end."""
    (url, _), (idle, _) = cloud.queue("awaited"), cloud.queue("idle")
    with ThreadPoolExecutor() as pool:

        def received(act) -> dict:
            in_vain = pool.submit(receive, cloud, idle, WaitTimeSeconds=20)
            time.sleep(0.3)
            waiting = pool.submit(receive, cloud, url, WaitTimeSeconds=20)
            time.sleep(0.3)
            act()
            (message,) = waiting.result()
            assert not in_vain.done()
            send(cloud, idle)
            assert in_vain.result()
            return message

        message = received(lambda: send(cloud, url))
        handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
        received(lambda: cloud.client("sqs").change_message_visibility(**handle, VisibilityTimeout=0))


@pytest.mark.full
def test_a_worker_that_dies_while_it_waits_takes_no_message_with_it(cloud):
    url, _ = cloud.queue("survived")
    # As `cloud.client` does it, in a process that can be killed.
    code = (
        f"import boto3; boto3.client('sqs', endpoint_url='{cloud.settings.url}', region_name='us-east-1',"
        f" aws_access_key_id='test', aws_secret_access_key='test')"
        f".receive_message(QueueUrl='{url}', WaitTimeSeconds=20)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code])
    (connection,) = cloud.eventually(lambda: psutil.Process(worker.pid).net_connections())
    time.sleep(1)
    worker.kill()
    worker.wait()
    server = psutil.Process(lifecycle.status(cloud.settings).pid)
    cloud.eventually(lambda: connection.laddr not in {each.raddr for each in server.net_connections()})
    send(cloud, url)
    assert len(receive(cloud, url, WaitTimeSeconds=20)) == 1


def test_a_waiting_worker_looks_when_it_comes_and_when_its_time_is_up_and_not_in_between(monkeypatch):
    """So sixteen of them cost the server next to nothing."""
    looks = []

    async def look(data, url):
        looks.append(data["WaitTimeSeconds"])
        return {}

    async def wait():
        queues._next_part.set(asyncio.Event().wait)
        return await queues.receive(look, {"QueueUrl": "idle", "WaitTimeSeconds": 1}, "")

    monkeypatch.setattr(queues.sqs, "_get_q", lambda url: {"messages": MessageStore(), "attributes": {}})
    assert asyncio.run(wait()) == {}
    assert looks == [0, 0]
