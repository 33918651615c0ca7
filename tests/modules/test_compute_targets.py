"""What the compute modules hand to a rule, and when they tell of a worker that has ended."""

import json
from typing import Any

import pytest
from tests.modules.conftest import ACCOUNT, BUS, DEPLOYMENT, FAILURE_HANDLER, Application

from rollcall.events import WorkerRequested, envelope, parse

IMAGE = "rollcall-worker:1.0.0"
PULLED = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{IMAGE}"
FIELDS = ["version", "slot"]
STARTER = {"arn": f"arn:aws:lambda:{ACCOUNT}:function:rollcall-dev-start-tasks"}
WORKER: dict[str, Any] = {
    "slug": "x",
    "timeout_seconds": 60,
    "environment": {},
    "role": {"name": "x", "arn": "arn:aws:iam::123456789012:role/x"},
    "dead_letters_arn": "arn:aws:sqs:eu-west-1:123456789012:x-dlq",
}
CONTAINERS = {
    "deployment": DEPLOYMENT,
    "image_repository": {
        "references": {IMAGE: PULLED},
        "cpu_architecture": "X86_64",
        "execution_role": {"arn": WORKER["role"]["arn"]},
    },
    "log_retention_days": 30,
    "failure_handler": FAILURE_HANDLER,
}


def lambda_workers() -> Application:
    variables = {
        "prefix": "rollcall-dev",
        "workers": {"x": {**WORKER, "lambda": {"function": "value_equity", "memory_mb": 512}}},
        "event_bus": BUS,
        "platform": {"runtime": "python3.12", "architecture": "arm64", "layer_arn": "arn:aws:lambda:::layer"},
        "zips": {"value_equity": {"bucket": "b", "key": "k", "sha256": "0123456789abcdef"}},
        "log_retention_days": 30,
    }
    return Application("compute_lambda", variables)


def definition(name: str) -> str:
    return f"arn:aws:ecs:{ACCOUNT}:task-definition/rollcall-dev-route-{name}:3"


def fargate_workers() -> Application:
    size = {"image": IMAGE, "cpu": 256, "memory_mb": 512}
    workers = {name: {**WORKER, "slug": name, "fargate": {**size, "spot": name == "spot"}} for name in ("x", "spot")}
    answers = {f'aws_ecs_task_definition.worker["{name}"]': {"arn": definition(name)} for name in workers}
    return Application("compute_fargate", {**CONTAINERS, "starter": STARTER, "workers": workers}, answers)


def batch_workers() -> Application:
    batch = {"image": IMAGE, "vcpus": 1, "memory_mb": 2048}
    network = {"subnet_ids": ["subnet-1"], "security_group_id": "sg-1"}
    own = {"worker_fields": FIELDS, "network": network, "max_vcpus": 6}
    return Application("compute_batch", {**CONTAINERS, **own, "workers": {"x": {**WORKER, "batch": batch}}})


def applications() -> dict[str, Application]:
    return {"lambda": lambda_workers(), "fargate": fargate_workers(), "batch": batch_workers()}


@pytest.fixture(scope="module")
def on_lambda(applied):
    return applied("lambda")


@pytest.fixture(scope="module")
def on_fargate(applied):
    return applied("fargate")


@pytest.fixture(scope="module")
def on_batch(applied):
    return applied("batch")


def test_every_target_says_which_code_it_runs(on_lambda, on_fargate, on_batch):
    assert on_lambda.outputs["targets"]["x"]["code"] == "0123456789ab"
    assert on_fargate.outputs["targets"]["x"]["code"] == PULLED
    assert on_batch.outputs["targets"]["x"]["code"] == PULLED


def test_a_batch_job_is_handed_the_fields_of_the_request(on_batch):
    assert on_batch.outputs["targets"]["x"]["input_paths"] == {name: f"$.detail.{name}" for name in FIELDS}


@pytest.mark.parametrize("name", ["x", "spot"])
def test_the_starter_of_tasks_is_handed_the_event_and_what_its_route_runs_on(on_fargate, name):
    request = envelope(WorkerRequested(name, slot=0, worker="W", attempt=1))
    target = on_fargate.outputs["targets"][name]
    assert (target["arn"], target["input_paths"]) == (STARTER["arn"], {"detail": "$.detail"})
    event = json.loads(target["input_template"].replace("<detail>", json.dumps(request["detail"])))
    assert parse(event, WorkerRequested).data_type == name
    assert event["task"] == {"definition": definition(name), "spot": name == "spot"}


def ended(applied) -> dict:
    return json.loads(applied.resources["aws_cloudwatch_event_rule.ended"]["event_pattern"])["detail"]


def test_a_worker_that_ended_well_is_told_of_too_for_it_may_have_kept_its_slot(on_fargate, on_batch):
    assert ended(on_fargate)["lastStatus"] == ["STOPPED"]
    assert ended(on_batch)["status"] == ["SUCCEEDED", "FAILED"]


def test_batch_runs_as_many_vcpus_as_the_account_has(on_batch):
    (resources,) = on_batch.resources["aws_batch_compute_environment.this"]["compute_resources"]
    assert resources["max_vcpus"] == 6


def test_containers_run_on_what_images_are_built_for(on_fargate, on_batch):
    (platform,) = on_fargate.resources['aws_ecs_task_definition.worker["x"]']["runtime_platform"]
    assert platform == {"operating_system_family": "LINUX", "cpu_architecture": "X86_64"}
    properties = json.loads(on_batch.resources['aws_batch_job_definition.worker["x"]']["container_properties"])
    assert properties["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}
