"""AWS: ECS developer guide, "Task lifecycle", "Stopped task error codes" and "Task state change events"."""

import json

import psutil
import pytest
from botocore.exceptions import ClientError

SHELL_LOOP = "trap '' TERM; while true; do sleep 0.1; done"


def container(task):
    return next(each for each in task["containers"] if each["name"] == "worker")


def test_a_task_ends_with_the_exit_code_of_its_command_and_its_output_is_in_the_log(cloud):
    cloud.task_definition("exiting", ["python", "-c", "print('valued'); raise SystemExit(3)"])
    task = cloud.task("exiting", cloud.run_task("exiting"), "STOPPED")
    assert container(task)["exitCode"] == 3
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert cloud.log_lines("/ecs/exiting") == ["valued"]


def test_every_change_of_a_task_is_an_event_on_the_default_bus(cloud):
    url, arn = cloud.queue("task-changes")
    cloud.task_definition("announced", ["true"])
    cluster = "arn:aws:ecs:us-east-1:000000000000:cluster/announced"
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": {"clusterArn": [cluster]}}
    cloud.client("events").put_rule(Name="announced", EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule="announced", Targets=[{"Id": "only", "Arn": arn}])
    task = cloud.run_task("announced")
    events = [json.loads(message["Body"]) for message in cloud.messages(url, 4)]
    details = sorted((event["detail"] for event in events), key=lambda detail: detail["version"])
    states = [detail["lastStatus"] for detail in details]
    assert states == ["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]
    assert all(event["resources"] == [task] for event in events)
    assert container(details[-1])["exitCode"] == 0
    assert details[-1]["stopCode"] == "EssentialContainerExited"


def test_a_command_that_is_not_there_cannot_start(cloud):
    cloud.task_definition("unknown-command", ["no-such-command"])
    task = cloud.task("unknown-command", cloud.run_task("unknown-command"), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotStartContainerError: exec: 'no-such-command'")


def test_a_stopped_task_gets_sigterm(cloud):
    cloud.task_definition("stopped", ["sleep", "60"])
    arn = cloud.run_task("stopped")
    cloud.task("stopped", arn, "RUNNING")
    stopping = cloud.client("ecs").stop_task(cluster="stopped", task=arn, reason="enough")["task"]
    assert stopping["desiredStatus"] == "STOPPED"
    task = cloud.task("stopped", arn, "STOPPED")
    assert (container(task)["exitCode"], task["stopCode"], task["stoppedReason"]) == (143, "UserInitiated", "enough")


def test_a_task_that_ignores_sigterm_is_killed_after_its_stop_timeout(cloud):
    cloud.task_definition("stubborn", ["sh", "-c", SHELL_LOOP], stopTimeout=2)
    arn = cloud.run_task("stubborn")
    cloud.task("stubborn", arn, "RUNNING")
    cloud.client("ecs").stop_task(cluster="stubborn", task=arn)
    assert container(cloud.task("stubborn", arn, "STOPPED"))["exitCode"] == 137


def test_tasks_beyond_the_free_places_wait_in_provisioning(cloud):
    cloud.task_definition("crowd", ["sleep", "60"])
    arns = [cloud.run_task("crowd") for _ in range(5)]
    ecs = cloud.client("ecs")

    def states():
        tasks = ecs.describe_tasks(cluster="crowd", tasks=arns)["tasks"]
        return [task["lastStatus"] for task in tasks]

    cloud.eventually(lambda: states() == ["RUNNING"] * 4 + ["PROVISIONING"])
    ecs.stop_task(cluster="crowd", task=arns[0])
    cloud.eventually(lambda: states()[4] == "RUNNING")
    for arn in arns:
        ecs.stop_task(cluster="crowd", task=arn)
    cloud.eventually(lambda: set(states()) == {"STOPPED"})


def test_a_container_has_its_own_variables_and_none_of_the_host(cloud):
    command = ["python", "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
    cloud.task_definition("variables", command, environment=[{"name": "OWN", "value": "yes"}])
    cloud.task("variables", cloud.run_task("variables"), "STOPPED")
    seen = json.loads(cloud.log_lines("/ecs/variables")[0])
    assert seen["OWN"] == "yes"
    assert seen["AWS_ENDPOINT_URL"] == cloud.settings.url
    assert seen["PYTHONPATH"] == str(cloud.settings.image_root)
    assert "ROLLCALL_TEST_HOST_SECRET" not in seen


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"cluster": "nowhere"}, "Cluster not found"),
        ({"taskDefinition": "nothing"}, "Unable to find task definition"),
        ({"overrides": {"containerOverrides": [{"name": "other"}]}}, "not a container in the TaskDefinition"),
        ({"overrides": {"containerOverrides": [{"name": "worker", "command": ["x" * 9000]}]}}, "at most 8192"),
    ],
)
def test_a_task_that_cannot_run_is_refused(cloud, request_, message):
    if "refusing" not in cloud.client("ecs").list_task_definition_families()["families"]:
        cloud.task_definition("refusing", ["true"])
    with pytest.raises(ClientError, match=message):
        cloud.client("ecs").run_task(**{"cluster": "refusing", "taskDefinition": "refusing", **request_})


def test_a_stopped_task_has_ended_when_an_event_says_so(cloud):
    url, arn = cloud.queue("stopping-events")
    pattern = {"source": ["aws.ecs"], "detail": {"lastStatus": ["STOPPED"], "stoppedReason": ["cancelled"]}}
    cloud.client("events").put_rule(Name="stopping", EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule="stopping", Targets=[{"Id": "only", "Arn": arn}])
    cloud.task_definition(
        "stopping", ["python", "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(3600)"]
    )
    task = cloud.run_task("stopping")
    pid = int(cloud.eventually(lambda: cloud.log_lines("/ecs/stopping"))[0])
    cloud.client("ecs").stop_task(cluster="stopping", task=task, reason="cancelled")
    event = json.loads(cloud.messages(url, 1)[0]["Body"])
    assert not psutil.pid_exists(pid)
    assert event["detail"]["taskArn"] == task
    assert event["detail"]["stopCode"] == "UserInitiated"


def test_a_task_can_ask_for_its_own_arn(cloud):
    code = (
        "import json, os, urllib.request as web;"
        "print(json.load(web.urlopen(os.environ['ECS_CONTAINER_METADATA_URI_V4'] + '/task'))['TaskARN'])"
    )
    cloud.task_definition("curious", ["python", "-c", code])
    arn = cloud.run_task("curious")
    cloud.task("curious", arn, "STOPPED")
    assert cloud.log_lines("/ecs/curious") == [arn]


def test_beside_the_container_of_every_task_stands_guardduty_s_agent_before_or_after_it(cloud):
    """AWS: GuardDuty, "Runtime Monitoring"; whoever reads a task must look for its own container by name."""
    cloud.task_definition("watched", ["sleep", "60"])
    override = {"name": "worker", "environment": []}
    arns = [cloud.run_task("watched", overrides={"containerOverrides": [override]}) for _ in range(8)]
    tasks = cloud.client("ecs").describe_tasks(cluster="watched", tasks=arns)["tasks"]
    for task in tasks:
        cloud.client("ecs").stop_task(cluster="watched", task=task["taskArn"])
        names = [each["name"] for each in task["containers"]]
        assert names == [each["name"] for each in task["overrides"]["containerOverrides"]]
        assert sorted(name.startswith("aws-guardduty-agent-") for name in names) == [False, True]
    assert {task["containers"][0]["name"] == "worker" for task in tasks} == {True, False}
    ended = cloud.task("watched", arns[0], "STOPPED")
    assert [each["exitCode"] for each in ended["containers"] if each["name"] != "worker"] == [0]
