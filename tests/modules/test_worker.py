"""What the worker of one route is told, and what it may do."""

from dataclasses import fields

import pytest
from tests.modules.conftest import (
    BUS,
    DEPLOYMENT,
    FAILURE_HANDLER,
    JOB_STORE,
    Application,
    actions,
    allowed,
    queue,
    refuses_without_tls,
)

from rollcall.settings import Settings, variable
from rollcall.worker.deliveries import most_deliveries

ROUTE = {
    "slug": "bond-us",
    "data_type": "bond.us",
    "target": "fargate",
    "timeout_seconds": 60,
    "max_attempts": 3,
    "max_concurrency": 10,
    "item_timeout_seconds": 0,
}


KEY = "arn:aws:kms:eu-west-1:123456789012:key/some"
ANSWERING = ["events", "callback", "events_per_item"]


def worker(engines=("events",), input_keys=(), **route) -> Application:
    variables = {
        "deployment": DEPLOYMENT,
        "route": {**ROUTE, **route},
        "job_store": JOB_STORE,
        "event_bus": BUS,
        "settlements_queue": queue("settlements"),
        "input_buckets": ["elsewhere"],
        "failure_handler": FAILURE_HANDLER,
        "engines": list(engines),
        "input_keys": list(input_keys),
    }
    answers = {
        "aws_sqs_queue.route": queue("route-bond-us"),
        "aws_sqs_queue.dead_letters": queue("route-bond-us-dlq"),
    }
    return Application("worker", variables, answers)


def applications() -> dict[str, Application]:
    return {
        "ordinary": worker(idempotent=False),
        "idempotent, inputs encrypted": worker(idempotent=True, input_keys=[KEY]),
        "answering": worker(ANSWERING, idempotent=False, target="lambda"),
        "container": worker(ANSWERING, idempotent=False, target="batch", item_timeout_seconds=2.5),
    }


@pytest.fixture(scope="module")
def ordinary(applied):
    return applied("ordinary")


@pytest.fixture(scope="module")
def idempotent(applied):
    return applied("idempotent, inputs encrypted")


POLICY = "aws_iam_role_policy.worker"
ROWS = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}


TOLD = {
    "environment",
    "bucket",
    "jobs_table",
    "workers_table",
    "bus",
    "settlements_queue_url",
    "route_queue_url",
    "target",
    "timeout_seconds",
    "max_attempts",
    "max_concurrency",
}


def test_a_worker_is_told_what_it_needs_and_nothing_else(ordinary):
    names = {name for name in ordinary.outputs["environment"] if name.startswith("ROLLCALL_")}
    assert names == {variable(name) for name in TOLD}
    assert names <= {variable(field.name) for field in fields(Settings)}


def test_a_worker_holds_slots_of_its_own_route_alone(ordinary):
    (statement,) = [s for s in ordinary.statements(POLICY) if s["Resource"] == JOB_STORE["workers_table"]["arn"]]
    assert statement["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["bond.us/*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_a_worker_may_do_what_it_needs_and_nothing_else(ordinary):
    assert allowed(ordinary.statements(POLICY)) == {
        **{f"rollcall-dev-1/{folder}/*": "GetObject" for folder in ("jobs", "inputs")},
        "elsewhere/*": "GetObject",
        **{f"rollcall-dev-1/jobs/*/{folder}/*": "PutObject" for folder in ("results", "progress")},
        "table/rollcall-dev-jobs": "GetItem",
        "table/rollcall-dev-workers": "DeleteItem PutItem UpdateItem",
        "rollcall-dev-route-bond-us": "ChangeMessageVisibility DeleteMessage ReceiveMessage SendMessage",
        "rollcall-dev-settlements": "SendMessage",
        "event-bus/rollcall-dev": "PutEvents",
    }


def test_a_worker_puts_requests_for_workers_on_the_bus_and_no_other_event(ordinary):
    (statement,) = [s for s in ordinary.statements(POLICY) if s["Action"] == "events:PutEvents"]
    assert statement["Condition"]["ForAllValues:StringEquals"]["events:detail-type"] == "Worker Requested"


def test_only_a_route_with_a_time_limit_for_items_tells_its_workers(ordinary, applied):
    name = variable("item_timeout_seconds")
    assert name not in ordinary.outputs["environment"]
    assert applied("container").outputs["environment"][name] == "2.5"


def test_only_an_idempotent_route_knows_the_idempotency_table(ordinary, idempotent):
    name = variable("idempotency_table")
    assert name not in ordinary.outputs["environment"]
    assert idempotent.outputs["environment"][name] == "rollcall-dev-idempotency"
    assert actions(ordinary.statements(POLICY), "rollcall-dev-idempotency") == set()
    assert actions(idempotent.statements(POLICY), "rollcall-dev-idempotency") == ROWS


def test_a_worker_decrypts_inputs_by_way_of_s3_where_keys_are_named(ordinary, idempotent):
    by_name = {statement["Sid"]: statement for statement in idempotent.statements(POLICY)}
    assert (by_name["DecryptInputs"]["Action"], by_name["DecryptInputs"]["Resource"]) == ("kms:Decrypt", [KEY])
    assert by_name["DecryptInputs"]["Condition"] == {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}
    assert "DecryptInputs" not in {statement["Sid"] for statement in ordinary.statements(POLICY)}


def test_a_queue_gives_up_on_a_chunk_when_its_workers_would(ordinary, idempotent):
    policy = idempotent.resources["aws_sqs_queue.route"]["redrive_policy"]
    assert f'"maxReceiveCount":{most_deliveries(3, True)}' in policy
    policy = ordinary.resources["aws_sqs_queue.route"]["redrive_policy"]
    assert f'"maxReceiveCount":{most_deliveries(3, False)}' in policy
    assert '"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:rollcall-dev-route-bond-us-dlq"' in policy


@pytest.mark.parametrize("name", ["route", "dead_letters"])
def test_a_queue_refuses_whatever_does_not_come_over_tls(ordinary, name):
    assert refuses_without_tls(ordinary, f"aws_sqs_queue.{name}")


def test_a_worker_answers_tokens_of_the_job_and_tells_of_completed_items_where_an_engine_wants_it(ordinary, applied):
    machine, answering = "stateMachine:rollcall-dev-job", applied("answering")
    assert actions(answering.statements(POLICY), machine) == {"states:SendTaskSuccess", "states:SendTaskHeartbeat"}
    by_name = {statement["Sid"]: statement for statement in answering.statements(POLICY)}
    assert by_name["AnswerOnBus"]["Resource"] == BUS["arn"]
    assert by_name["AnswerOnBus"]["Condition"]["ForAllValues:StringEquals"] == {
        "events:source": "rollcall",
        "events:detail-type": "Item Completed",
    }
    assert not {"AnswerWithToken", "AnswerOnBus"} & {each["Sid"] for each in ordinary.statements(POLICY)}


def test_a_container_answers_neither_way(applied):
    assert not {"AnswerWithToken", "AnswerOnBus"} & {each["Sid"] for each in applied("container").statements(POLICY)}
