"""Calls of processes that know nothing of it are recorded where a variable asks for it."""

import json
import os
import subprocess
import sys

import pytest
from tests.scripts.embedded_cloud.conftest import Cloud, statement

from embedded_cloud import lifecycle, recording

CALLS = """
import boto3
from botocore.config import Config
from boto3.dynamodb.conditions import Attr

options = dict(
    endpoint_url="http://127.0.0.1:1", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a",
    config=Config(retries={"total_max_attempts": 1}),
)
table, sqs = boto3.resource("dynamodb", **options).Table("jobs"), boto3.client("sqs", **options)
for call in (
    lambda: table.put_item(Item={"n": 1}, ConditionExpression=Attr("n").not_exists()),
    lambda: sqs.send_message(QueueUrl="q", MessageBody="a"),
    lambda: sqs.send_message(QueueUrl="q", MessageBody="b"),
    lambda: sqs.send_message(QueueUrl="q", MessageBody="c" * 300),
    lambda: sqs.send_message(QueueUrl="q", MessageBody="d", DelaySeconds=5),
):
    try:
        call()
    except Exception:
        pass
"""
HANDLER = """
    import boto3

    def handler(event, context):
        boto3.client("sqs").list_queues(MaxResults=7)
"""


def lines(file) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def run(program: str, **variables: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", program], env={**environment, **variables}, check=True, timeout=120)


def test_calls_are_recorded_typed_as_the_service_model_has_them_once_a_kind_and_once_a_greater_size(tmp_path):
    file = tmp_path / "calls.jsonl"
    run(CALLS, **recording.variables({recording.VARIABLE: str(file)}))
    put, *sent = lines(file)
    assert (put["service"], put["operation"]) == ("dynamodb", "PutItem")
    assert put["parameters"]["Item"] == {"n": {"N": "1"}}
    assert put["parameters"]["ConditionExpression"] == "attribute_not_exists(#n0)"
    assert [each["parameters"] for each in sent] == [
        {"QueueUrl": "q", "MessageBody": "a"},
        {"QueueUrl": "q", "MessageBody": {"$text": "c" * 200, "length": 300}},
        {"QueueUrl": "q", "MessageBody": "d", "DelaySeconds": 5},
    ]


def test_nothing_is_recorded_and_no_path_is_set_unless_asked_for(tmp_path):
    assert recording.variables({}) == {}
    assert recording.variables({}, "/image") == {"PYTHONPATH": "/image"}
    run("import sys; assert 'botocore' not in sys.modules", PYTHONPATH=recording.FOLDER)


def test_a_recording_that_cannot_be_written_stops_nobody(tmp_path):
    run(CALLS + "print('done')", **recording.variables({recording.VARIABLE: str(tmp_path / "none" / "calls.jsonl")}))


@pytest.mark.parametrize("kind", ["lambda", "container"])
def test_lambdas_and_containers_of_a_cloud_are_recorded(own_settings, tmp_path, monkeypatch, kind):
    file = tmp_path / "calls.jsonl"
    monkeypatch.setenv(recording.VARIABLE, str(file))
    lifecycle.up(own_settings, say=lambda _: None)
    cloud = Cloud(own_settings)
    cloud.role("contract", statement("*", Resource="*"))
    if kind == "lambda":
        cloud.function("recorded", HANDLER)
        cloud.invoke("recorded")
    else:
        program = "import boto3; boto3.client('sqs').list_queues(MaxResults=7)"
        cloud.task_definition("recorded", ["python", "-c", program])
        cloud.run_task("recorded")
    called = {"service": "sqs", "operation": "ListQueues", "parameters": {"MaxResults": 7}}
    assert cloud.eventually(lambda: lines(file)) == [called]
