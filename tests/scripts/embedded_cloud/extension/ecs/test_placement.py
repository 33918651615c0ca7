"""AWS: ECS developer guide, "Amazon ECS API failure reasons"; API reference, RunTask and "Ensuring idempotency"."""

import pytest
from botocore.exceptions import ClientError
from tests.capacity import capacity

NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"


@pytest.fixture(scope="module")
def placed(cloud):
    cloud.task_definition("placed", ["sleep", "60"])
    return cloud


@pytest.fixture
def run(placed):
    """Calls RunTask; in the end what it started has stopped, and nothing has a limit any more."""
    ecs, started = placed.client("ecs"), []

    def run_task(provider: str | None = "FARGATE_SPOT", **options) -> dict:
        if provider:
            options["capacityProviderStrategy"] = [{"capacityProvider": provider, "weight": 1}]
        answer = ecs.run_task(cluster="placed", taskDefinition="placed", **options)
        started.extend(task["taskArn"] for task in answer["tasks"])
        return answer

    yield run_task
    capacity(placed.settings.url, {})
    for arn in started:
        ecs.stop_task(cluster="placed", task=arn)
    for arn in started:
        placed.task("placed", arn, "STOPPED")


def test_a_provider_without_capacity_fails_the_task_and_not_the_call(placed, run):
    capacity(placed.settings.url, {"FARGATE_SPOT": {"tasks": 0}})
    answer = run("FARGATE_SPOT")
    assert answer["tasks"] == [] and answer["failures"] == [{"reason": NO_CAPACITY}]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(run("FARGATE")["tasks"]) == 1


def test_what_capacity_there_is_is_used_and_free_again_when_a_task_has_stopped(placed, run):
    capacity(placed.settings.url, {"FARGATE": {"tasks": 2}})
    answer = run("FARGATE", count=3)
    assert [len(answer["tasks"]), len(answer["failures"])] == [2, 1]
    stopped = answer["tasks"][0]["taskArn"]
    placed.client("ecs").stop_task(cluster="placed", task=stopped)
    placed.task("placed", stopped, "STOPPED")
    assert len(run("FARGATE")["tasks"]) == 1


def test_a_failure_may_have_another_reason(placed, run):
    reason = "You've reached the limit on the number of vCPUs you can run concurrently"
    capacity(placed.settings.url, {"FARGATE": {"tasks": 0, "reason": reason}})
    assert run("FARGATE")["failures"] == [{"reason": reason}]


def test_instances_without_room_say_which_resource_they_lack(placed, run):
    capacity(placed.settings.url, {"EC2": {"tasks": 0}})
    (failure,) = run(None, launchType="EC2")["failures"]
    assert failure["reason"] == "RESOURCE:CPU" and ":container-instance/placed/" in failure["arn"]


def test_a_provider_that_is_not_the_cluster_s_is_refused(run):
    with pytest.raises(ClientError, match="InvalidParameterException.*not associated with the cluster"):
        run("ELSEWHERE")


def test_a_token_that_comes_again_starts_no_second_task(run):
    first, again = (run(clientToken="one")["tasks"][0]["taskArn"] for _ in range(2))
    assert first == again != run(clientToken="another")["tasks"][0]["taskArn"]


def test_a_token_that_comes_again_with_another_request_is_a_conflict_that_names_its_tasks(run):
    task = run(clientToken="taken")["tasks"][0]["taskArn"]
    with pytest.raises(ClientError) as refused:
        run(clientToken="taken", startedBy="somebody else")
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    assert refused.value.response["resourceIds"] == [task]


def test_a_token_whose_task_found_no_capacity_is_not_used_up(placed, run):
    capacity(placed.settings.url, {"FARGATE_SPOT": {"tasks": 0}})
    assert run(clientToken="later")["failures"]
    capacity(placed.settings.url, {})
    assert len(run(clientToken="later")["tasks"]) == 1
