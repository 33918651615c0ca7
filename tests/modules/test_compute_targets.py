"""What the compute modules hand to a rule, and when they tell of a worker that has ended."""

import json
from typing import Any

import pytest
from tests.modules.conftest import BUS, DEPLOYMENT, FAILURE_HANDLER

IMAGE = "rollcall-worker:1.0.0"
PULLED = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{IMAGE}"
FIELDS = ["version", "slot"]
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
    "worker_fields": FIELDS,
    "network": {"subnet_ids": ["subnet-1"], "security_group_id": "sg-1"},
    "log_retention_days": 30,
    "failure_handler": FAILURE_HANDLER,
}


@pytest.fixture(scope="module")
def on_lambda(applied):
    variables = {
        "prefix": "rollcall-dev",
        "workers": {"x": {**WORKER, "lambda": {"function": "value_equity", "memory_mb": 512}}},
        "event_bus": BUS,
        "platform": {"runtime": "python3.12", "architecture": "arm64", "layer_arn": "arn:aws:lambda:::layer"},
        "zips": {"value_equity": {"bucket": "b", "key": "k", "sha256": "0123456789abcdef"}},
        "log_retention_days": 30,
    }
    return applied("compute_lambda", variables, {})


@pytest.fixture(scope="module")
def on_fargate(applied):
    fargate = {"image": IMAGE, "cpu": 256, "memory_mb": 512, "spot": False}
    return applied("compute_fargate", {**CONTAINERS, "workers": {"x": {**WORKER, "fargate": fargate}}}, {})


@pytest.fixture(scope="module")
def on_batch(applied):
    batch = {"image": IMAGE, "vcpus": 1, "memory_mb": 2048}
    return applied("compute_batch", {**CONTAINERS, "max_vcpus": 6, "workers": {"x": {**WORKER, "batch": batch}}}, {})


def test_every_target_says_which_code_it_runs(on_lambda, on_fargate, on_batch):
    assert on_lambda.outputs["targets"]["x"]["code"] == "0123456789ab"
    assert on_fargate.outputs["targets"]["x"]["code"] == PULLED
    assert on_batch.outputs["targets"]["x"]["code"] == PULLED


def test_containers_are_handed_the_fields_of_the_request(on_fargate, on_batch):
    for applied in (on_fargate, on_batch):
        assert applied.outputs["targets"]["x"]["input_paths"] == {name: f"$.detail.{name}" for name in FIELDS}


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
