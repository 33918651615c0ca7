"""A Fargate route takes what capacity there is, waits while there is none, and says what it waits for."""

import pytest
from tests.capacity import capacity
from tests.end_to_end.commands import eventually
from tests.end_to_end.test_losses import errors

ABOVE_LIMIT = "The requested CPU configuration is above your limit"


@pytest.fixture
def room(cloud):
    """Limits what there is room for, until the test is over."""

    def set_limits(**limits: dict) -> None:
        capacity(f"http://127.0.0.1:{cloud.port}", limits)

    yield set_limits
    set_limits()


def items(count: int) -> list[dict]:
    return [{"id": str(n), "data_type": "probe.task"} for n in range(count)]


def providers(env, started_after: set[str]) -> set[str]:
    """The capacity providers of the route's tasks started since."""
    arns = all_tasks(env) - started_after
    tasks = env.client("ecs").describe_tasks(cluster="rollcall-local", tasks=sorted(arns))["tasks"]
    return {task["capacityProviderName"] for task in tasks if "route-probe-task" in task["taskDefinitionArn"]}


def all_tasks(env) -> set[str]:
    pages = env.client("ecs").get_paginator("list_tasks")
    found = (pages.paginate(cluster="rollcall-local", desiredStatus=status) for status in ("RUNNING", "STOPPED"))
    return {arn for listed in found for page in listed for arn in page["taskArns"]}


@pytest.mark.full
def test_with_spot_capacity_a_route_that_takes_spot_runs_on_it_and_without_it_on_demand(cloud, env, room):
    before = all_tasks(env)
    assert cloud.submit("on-spot", items(2), "--wait").code == 0
    assert providers(env, before) == {"FARGATE_SPOT"}
    room(FARGATE_SPOT={"tasks": 0})
    before = all_tasks(env)
    assert cloud.submit("on-demand", items(2), "--wait").code == 0
    assert providers(env, before) == {"FARGATE"}


@pytest.mark.full
def test_without_any_capacity_a_job_says_so_and_waits_and_goes_on_when_there_is_some_again(cloud, room):
    room(FARGATE_SPOT={"tasks": 0}, FARGATE={"tasks": 0})
    assert cloud.submit("without-room", items(3)).code == 0

    def waits_for_room() -> str | None:
        told = cloud.rollcall("why", "without-room").err
        return told if "no worker can be started for now" in told else None

    told = eventually(waits_for_room)
    assert "FARGATE_SPOT: Capacity is unavailable at this time" in told and "FARGATE: Capacity is unavail" in told
    room()
    done = cloud.rollcall("watch", "without-room", "--json").json
    assert (done["state"], done["succeeded"]) == ("SUCCEEDED", 3)
    assert cloud.rollcall("receipt", "without-room", "--json").json["attempts"] == 3


@pytest.mark.full
def test_what_ecs_refuses_to_start_for_good_fails_the_items_by_name(cloud, room):
    room(**dict.fromkeys(("FARGATE_SPOT", "FARGATE"), {"tasks": 0, "reason": ABOVE_LIMIT}))
    done = cloud.submit("refused-by-ecs", items(3), "--wait", "--json")
    assert (done.json["state"], done.json["failed"]) == ("FAILED", 3)
    ((kind, message),) = errors(cloud, "refused-by-ecs")
    assert kind == "WorkerLost" and "no worker of route 'probe.task' came to work: its Fargate task" in message
    assert f"FARGATE: {ABOVE_LIMIT}" in message
