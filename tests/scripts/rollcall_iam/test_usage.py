"""A permission counts as proved by the tests that used it; what else there is is told, each once."""

import json

import pytest

from rollcall_iam import permissions, usage
from rollcall_iam.permissions import Deployed, Permission
from rollcall_iam.usage import Exceptions

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:some"
SEND = Permission("sender", "Send", "sqs:SendMessage")
READ = Permission("sender", "Read", "s3:GetObject")
LET_IN = Permission(QUEUE, "FromRule", "sqs:SendMessage")
DEPLOYED = Deployed({SEND: QUEUE, READ: "*", LET_IN: QUEUE}, {"sender": "sender", QUEUE: QUEUE, "idler": "idler"})
NO_EXCEPTIONS = Exceptions({}, {})


def asked(caller: str, action: str, sid: str = "", decision: str = "Allow", policy: str = "") -> dict:
    return {"caller": caller, "policy": policy, "sid": sid, "action": action, "decision": decision, "resource": "it"}


@pytest.fixture
def recorded(tmp_path):
    def write(*lines: dict) -> usage.Usage:
        file = tmp_path / "gw0.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return usage.of_recordings([file], DEPLOYED)

    return write


def test_what_was_used_is_told_with_the_tests_that_used_it(recorded):
    used = recorded(
        asked("sender", "sqs:SendMessage", "Send"),
        {"test": "first", "refused": []},
        asked("sender", "sqs:SendMessage", "Send"),
        asked("events.amazonaws.com", "sqs:SendMessage", "FromRule", policy=QUEUE),
        {"test": "second", "refused": []},
        asked("sender", "sqs:SendMessage", "Send"),
        asked("a person", "s3:GetObject", "Any"),
    )
    assert used.users == {SEND: ["before any test", "first", "second"], LET_IN: ["first"]}


def test_refused_unused_and_idle_are_problems(recorded):
    used = recorded({"test": "one", "refused": []}, asked("sender", "s3:PutObject", decision="ImplicitDeny"))
    assert usage.problems(DEPLOYED, used, NO_EXCEPTIONS) == [
        "refused: sender may not s3:PutObject on it (in one)",
        f"unused: s3:GetObject of sender (statement Read); {CURE}",
        f"unused: sqs:SendMessage of {QUEUE} (statement FromRule); {CURE}",
        f"unused: sqs:SendMessage of sender (statement Send); {CURE}",
        "idle: nothing that idler may do was done",
        "idle: nothing that sender may do was done",
    ]


CURE = "remove it, use it in a test, or give the reason in exceptions.yaml"


def test_a_refusal_that_a_test_intends_is_none(recorded):
    used = recorded(
        {"test": "one", "refused": ["s3:PutObject"]},
        asked("sender", "s3:PutObject", decision="Deny"),
        asked("sender", "s3:ListBucket", decision="ImplicitDeny"),
    )
    assert list(used.refused) == [("sender", "s3:ListBucket")]


def test_a_reason_excuses_what_may_happen_or_not_and_one_of_what_is_not_there_is_a_problem(recorded):
    used = recorded(asked("sender", "sqs:SendMessage", "Send"), asked("idler", "a:B", decision="ImplicitDeny"))
    reasons = Exceptions({("idler", "a:B"): "why"}, {READ: "why", LET_IN: "why"})
    assert usage.problems(DEPLOYED, used, reasons) == ["idle: nothing that idler may do was done"]
    reasons = Exceptions({("idler", "a:B"): "", ("sender", "a:B"): ""}, {READ: "", LET_IN: "", SEND: ""})
    assert usage.problems(DEPLOYED, used, reasons) == ["idle: nothing that idler may do was done"]
    gone = Permission("sender", "Send", "sqs:DeleteMessage")
    reasons = Exceptions({("idler", "a:B"): "", ("nobody", "a:B"): ""}, {READ: "", LET_IN: "", gone: ""})
    assert usage.problems(DEPLOYED, used, reasons)[:2] == [
        "exceptions.yaml: there is no sqs:DeleteMessage of sender (statement Send)",
        "exceptions.yaml: there is no nobody, which is refused a:B",
    ]


def test_the_table_has_a_line_for_each_permission_and_who_used_it(recorded):
    used = recorded({"test": "one", "refused": []}, asked("sender", "sqs:SendMessage", "Send"))
    lines = list(usage.table(DEPLOYED, used, Exceptions({}, {READ: "why not"})))
    assert [" ".join(line.split()) for line in lines] == [
        *(QUEUE, f"FromRule sqs:SendMessage {QUEUE}", "NOT USED: without a reason"),
        *("sender", "Read s3:GetObject *", "NOT USED: why not", f"Send sqs:SendMessage {QUEUE}", "one"),
    ]


def test_every_exception_has_a_reason():
    found = usage.exceptions()
    assert all([*found.refused.values(), *found.unused.values()])


def test_permissions_are_read_from_the_state_those_of_routes_as_one(tmp_path):
    def document(*statements: dict) -> str:
        return json.dumps({"Statement": list(statements)})

    allow = {"Effect": "Allow", "Sid": "Send", "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"], "Resource": "q"}
    deny = {"Effect": "Deny", "Sid": "No", "Action": "sqs:SendMessage", "Resource": "q"}
    trust = document({"Principal": {"Service": "lambda.amazonaws.com"}})
    dead = f"{QUEUE}-route-a-dlq"
    made = [
        *(("aws_iam_role", {"name": f"p-route-{name}", "assume_role_policy": trust}) for name in "ab"),
        ("aws_iam_role", {"name": "p-route-c", "assume_role_policy": document()}),
        *(("aws_iam_role_policy", {"role": f"p-route-{name}", "policy": document(allow)}) for name in "abc"),
        ("aws_sqs_queue", {"arn": dead, "policy": document({**allow, "Action": "sqs:SendMessage"}, deny)}),
        ("aws_lambda_function", {"function_name": "f", "arn": "arn:f"}),
        ("aws_lambda_permission", {"function_name": "f", "statement_id": "rule", "action": "lambda:InvokeFunction"}),
    ]
    resources = [{"type": kind, "instances": [{"attributes": values}]} for kind, values in made]
    (tmp_path / "terraform.tfstate").write_text(json.dumps({"resources": resources}))
    found = permissions.read(tmp_path / "terraform.tfstate")
    assert set(found.resources) == {
        *(Permission(f"p-route-*{kind}", "Send", action) for kind in ("", " (tasks)") for action in allow["Action"]),
        Permission(f"{QUEUE}-route-*-dlq", "Send", "sqs:SendMessage"),
        Permission("arn:f", "rule", "lambda:InvokeFunction"),
    }
    assert found.holders["p-route-b"] == "p-route-*"
