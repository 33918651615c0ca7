"""What is asked for is written once, and again for each test."""

import json
from types import SimpleNamespace

import pytest

from embedded_cloud.extension.iam.deciding import Check

ROLE = SimpleNamespace(arn="arn:aws:sts::000000000000:assumed-role/sender/session")
CHECK = Check("sqs:SendMessage", "arn:aws:sqs:us-east-1:000000000000:some")


@pytest.fixture
def recorder(tmp_path):
    from embedded_cloud.extension.iam.recording import Recorder

    return Recorder(tmp_path / "calls.jsonl")


def found(decision: str, sid: str = ""):
    return SimpleNamespace(decision=decision, matched_sid=sid, resource_policy_arn="")


def test_a_call_is_written_once_and_once_more_after_a_test_has_begun(recorder):
    for _ in range(2):
        recorder.record(ROLE, CHECK, found("Allow", "Send"))
        recorder.record(ROLE, CHECK, found("ImplicitDeny"))
        recorder.record(ROLE, Check(CHECK.action, "another"), found("Allow", "Send"))
    with recorder.file.open("a") as stream:
        stream.write('{"test": "a", "refused": []}\n')
    for _ in range(2):
        recorder.record(ROLE, CHECK, found("Allow", "Send"))
    lines = [json.loads(line) for line in recorder.file.read_text().splitlines()]
    assert [line.get("decision", line.get("test")) for line in lines] == ["Allow", "ImplicitDeny", "a", "Allow"]
    assert lines[0] == {
        **{"caller": "sender", "policy": "", "sid": "Send", "action": "sqs:SendMessage"},
        **{"decision": "Allow", "resource": CHECK.resource},
    }
