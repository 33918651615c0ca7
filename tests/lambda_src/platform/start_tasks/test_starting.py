"""A worker gets its task wherever there is room, and one task; if there is none, the reasons of all are told."""

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from rollcall.errors import NotStarted
from rollcall.events import WorkerRequested
from rollcall.worker.entry import request_from
from start_tasks.starting import Starter, Task, command

REQUEST = WorkerRequested("option.american", 3, "0123456789abcdef0123456789abcdef", 1)
DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition/rollcall-dev-route-option-american:3"
TASK = "arn:aws:ecs:us-east-1:123456789012:task/rollcall-dev/0a1b2c"
NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
FAILED = {"tasks": [], "failures": [{"reason": NO_CAPACITY}]}
STARTED = {"tasks": [{"taskArn": TASK}], "failures": []}


@pytest.fixture
def ecs():
    client = boto3.client("ecs")
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def start(ecs):
    starter = Starter(ecs.client, "rollcall-dev", ["subnet-1", "subnet-2"], "sg-1")
    return lambda spot: starter.start(REQUEST, Task(DEFINITION, spot))


def asked(provider: str) -> dict:
    return {
        "cluster": "rollcall-dev",
        "taskDefinition": DEFINITION,
        "capacityProviderStrategy": [{"capacityProvider": provider, "weight": 1}],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-1", "subnet-2"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "ENABLED",
            }
        },
        "overrides": {"containerOverrides": [{"name": "worker", "command": list(command(REQUEST))}]},
        "clientToken": f"{REQUEST.worker}-{provider}",
        "startedBy": REQUEST.worker,
    }


@pytest.mark.parametrize(("spot", "provider"), [(True, "FARGATE_SPOT"), (False, "FARGATE")])
def test_a_worker_runs_where_its_route_says(ecs, start, spot, provider):
    ecs.add_response("run_task", STARTED, asked(provider))
    assert start(spot) == TASK


def test_without_spot_capacity_it_runs_on_demand(ecs, start):
    ecs.add_response("run_task", FAILED, asked("FARGATE_SPOT"))
    ecs.add_response("run_task", STARTED, asked("FARGATE"))
    assert start(spot=True) == TASK


def test_without_any_capacity_the_reasons_of_both_are_told(ecs, start):
    for _ in range(2):
        ecs.add_response("run_task", FAILED)
    with pytest.raises(NotStarted, match=f"^FARGATE_SPOT: {NO_CAPACITY}; FARGATE: {NO_CAPACITY}$"):
        start(spot=True)


def test_a_route_without_spot_never_asks_for_it(ecs, start):
    ecs.add_response("run_task", FAILED, asked("FARGATE"))
    with pytest.raises(NotStarted):
        start(spot=False)


def test_what_ecs_refuses_is_not_asked_of_another_provider(ecs, start):
    ecs.add_client_error("run_task", "ClusterNotFoundException", "Cluster not found.")
    with pytest.raises(ClientError, match="ClusterNotFoundException"):
        start(spot=True)


def test_a_worker_that_was_started_before_its_route_changed_counts_as_started(ecs, start):
    ecs.add_client_error("run_task", "ConflictException", modeled_fields={"resourceIds": [TASK]})
    assert start(spot=True) == TASK


def test_the_tokens_of_both_providers_are_short_enough_for_ecs():
    assert max(len(f"{REQUEST.worker}-{provider}") for provider in Task(DEFINITION, spot=True).providers) <= 64


def test_a_container_is_started_with_what_its_main_program_reads():
    python, *module, version, number = list(command(REQUEST))[:5]
    assert (python, module, version, number) == ("python", ["-m", "rollcall.worker"], "--version", "1")
    assert request_from(list(command(REQUEST))[3:]) == REQUEST
