import json

import pytest
from tests.scripts.rollcall_facts.conftest import make_wheel

from rollcall_facts import calls
from rollcall_facts.__main__ import main
from rollcall_facts.errors import Unreadable
from rollcall_facts.models import Models

QUEUES = {
    "metadata": {"protocol": "json", "serviceId": "SQS", "endpointPrefix": "sqs", "apiVersion": "2012-11-05"},
    "operations": {
        "Send": {"name": "Send", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "SendRequest"}},
        "OldSend": {"name": "OldSend", "http": {"method": "POST", "requestUri": "/"}, "deprecated": True},
    },
    "shapes": {
        "SendRequest": {
            "type": "structure",
            "required": ["Queue"],
            "members": {
                "Queue": {"shape": "Name"},
                "Kind": {"shape": "Kind"},
                "Entries": {"shape": "Entries"},
                "Delay": {"shape": "Delay"},
                "Body": {"shape": "Blob"},
                "Tags": {"shape": "Tags"},
            },
        },
        "Name": {"type": "string", "min": 1, "max": 8},
        "Kind": {"type": "string", "enum": ["STANDARD", "FIFO"]},
        "Entries": {"type": "list", "member": {"shape": "Name"}, "max": 3},
        "Delay": {"type": "integer", "min": 0, "max": 900},
        "Blob": {"type": "blob", "max": 10},
        "Tags": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Kind"}},
    },
}


@pytest.fixture
def wheel(tmp_path):
    return make_wheel(tmp_path, {"sqs": QUEUES})


def told(wheel, operation: str = "Send", service: str = "sqs", **parameters) -> list[str]:
    call = {"service": service, "operation": operation, "parameters": parameters}
    return calls.mistakes([call, call], Models.of_wheel(wheel))


def test_a_call_the_model_allows_is_let_through(wheel):
    assert told(wheel, Queue="one", Kind="FIFO", Entries=["a"] * 3, Delay=900, Tags={"a": "FIFO"}) == []
    assert told(wheel, Queue="one", Body={"$bytes": 10}) == []
    assert told(wheel, Queue="one", Body={"$other": "BufferedReader"}) == []


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "sqs:Send: Missing required parameter in input: \"Queue\" (botocore 1.44.8)"),
        ({"Queue": "one", "Dealy": 1}, "sqs:Send: Unknown parameter in input: \"Dealy\""),
        ({"Queue": 1}, "sqs:Send: Invalid type for parameter Queue, value: 1"),
        ({"Queue": ""}, "sqs:Send: Invalid length for parameter Queue"),
        ({"Queue": {"$text": "queue", "length": 300}}, "sqs:Send: Queue is 300, or as long, and may be 8 at most"),
        ({"Queue": "one", "Kind": "LIFO"}, "sqs:Send: Kind is 'LIFO' and may be STANDARD, FIFO (botocore 1.44.8)"),
        ({"Queue": "one", "Entries": ["a"] * 4}, "sqs:Send: Entries is 4, or as long, and may be 3 at most"),
        ({"Queue": "one", "Entries": ["far too long"]}, "sqs:Send: Entries[] is 12, or as long, and may be 8 at most"),
        ({"Queue": "one", "Delay": 901}, "sqs:Send: Delay is 901, or as long, and may be 900 at most"),
        ({"Queue": "one", "Body": {"$bytes": 11}}, "sqs:Send: Body is 11, or as long, and may be 10 at most"),
        ({"Queue": "one", "Tags": {"a": "LIFO"}}, "sqs:Send: Tags[a] is 'LIFO' and may be STANDARD, FIFO"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_found_and_told_once(wheel, parameters, words):
    found = told(wheel, **parameters)
    assert len(found) == 1
    assert found[0].startswith(words)


def test_operations_and_services_that_are_gone_or_going_are_found(wheel):
    assert "sqs:OldSend: deprecated in botocore 1.44.8" in told(wheel, "OldSend")[0]
    assert "sqs:Sned: there is no such operation" in told(wheel, "Sned")[0]
    assert "sns:Send: botocore 1.44.8 has no service 'sns'" in told(wheel, service="sns")[0]


def test_make_facts_fails_with_a_wrong_call_of_a_recording(november, tmp_path, capsys):
    right = {"service": "sqs", "operation": "ReceiveMessage", "parameters": {"QueueUrl": "q"}}
    wrong = {"service": "ecs", "operation": "RunTask", "parameters": {"taskDefinition": "a", "launchType": "LAMBDA"}}
    recording = tmp_path / "calls.jsonl"
    recording.write_text("".join(f"{json.dumps(call)}\n" for call in (right, right)))
    assert main(["--wheel", str(november), "--calls", str(recording)]) == 0
    assert "1 kinds of calls of 1 operations: none refused" in capsys.readouterr().out
    recording.write_text("".join(f"{json.dumps(call)}\n" for call in (right, wrong)))
    assert main(["--wheel", str(november), "--calls", str(recording)]) == 1
    assert "ecs:RunTask: launchType is 'LAMBDA' and may be EC2, FARGATE" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"service": "sqs"}'])
def test_what_is_no_recording_is_refused_with_its_cure(tmp_path, text):
    (tmp_path / "calls.jsonl").write_text(text)
    with pytest.raises(Unreadable, match="delete it and run: make facts"):
        calls.read(tmp_path / "calls.jsonl")
