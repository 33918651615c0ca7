"""The unsafe counting side of events_per_item: an execution for each answer, and no more rights than that needs."""

import json

import pytest
from tests.asl.machines import ASL
from tests.modules.conftest import BUS, DEPLOYMENT, JOB_STORE, UNDELIVERED, Application, actions


def applications() -> dict[str, Application]:
    deployment = {name: DEPLOYMENT[name] for name in ("prefix", "partition", "region", "account_id")}
    variables = {
        "deployment": deployment,
        "event_bus": BUS,
        "job_store": JOB_STORE,
        "dead_letters_arn": UNDELIVERED,
        "asl_file": str(ASL / "count_answer.asl.json"),
    }
    return {"counter": Application("answer_counter", variables)}


@pytest.fixture(scope="module")
def counter(applied):
    return applied("counter")


def test_each_answer_starts_an_execution_that_knows_the_jobs_table(counter):
    rule = counter.resources["aws_cloudwatch_event_rule.item_completed"]
    assert json.loads(rule["event_pattern"]) == {"source": ["rollcall"], "detail-type": ["Item Completed"]}
    target = counter.resources["aws_cloudwatch_event_target.item_completed"]
    assert target["arn"].startswith("arn:aws:states:") and target["input_transformer"] == []
    definition = counter.resources["aws_sfn_state_machine.count_answer"]["definition"]
    jobs = JOB_STORE["jobs_table"]["name"]
    written = (ASL / "count_answer.asl.json").read_text()
    assert json.loads(definition) == json.loads(written.replace("${jobs_table}", jobs))


def test_it_may_count_in_the_jobs_table_and_release_jobs_and_nothing_else(counter):
    statements = counter.statements("aws_iam_role_policy.count_answer")
    assert actions(statements, JOB_STORE["jobs_table"]["arn"]) == {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    assert actions(statements, "stateMachine:rollcall-dev-job") == {"states:SendTaskSuccess"}
    assert len(statements) == 2
    (start,) = counter.statements("aws_iam_role_policy.start")
    assert start["Action"] == "states:StartExecution"
