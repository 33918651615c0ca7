"""AWS: EventBridge user guide, "Using resource-based policies" and "Using dead-letter queues"; Scheduler user guide."""

import json
from datetime import UTC, datetime

import pytest

SEND = """
    import boto3
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl="{url}", MessageBody="ran")
"""


@pytest.fixture
def dead_letter(cloud):
    """dead_letter(url) is what a dead letter says of its delivery."""

    def read(url):
        found = cloud.messages(url, 1)[0]["MessageAttributes"]
        return {name: found[name]["StringValue"] for name in ("ERROR_CODE", "ERROR_MESSAGE", "RETRY_ATTEMPTS")}

    return read


def lead(cloud, name, target):
    """Leads every event of source `name` to the target, and what cannot be delivered to the queue returned."""
    letters, queue = cloud.queue(f"{name}-letters")
    events = cloud.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "only", "DeadLetterConfig": {"Arn": queue}, **target}])
    cloud.put(name, {})
    return letters


def test_a_rule_that_its_function_does_not_allow_is_told_at_once(cloud, dead_letter):
    function = cloud.function("closed", "def handler(event, context): pass")
    cloud.allow_rule(function, "another-rule")
    assert dead_letter(lead(cloud, "closed", {"Arn": function})) == {
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "User: events.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: "
        f"{function} because no resource-based policy allows the lambda:InvokeFunction action",
        "RETRY_ATTEMPTS": "0",
    }


def test_a_rule_that_its_queue_does_not_allow_is_told_at_once(cloud, dead_letter):
    _, queue = cloud.queue("closed-queue", Policy="")
    letter = dead_letter(lead(cloud, "closed-queue", {"Arn": queue}))
    assert letter["ERROR_CODE"] == "NO_PERMISSIONS"
    assert f"sqs:SendMessage on resource: {queue}" in letter["ERROR_MESSAGE"]


def test_a_letter_that_its_queue_does_not_allow_is_lost(cloud):
    function = cloud.function("closed-too", "def handler(event, context): pass")
    url, queue = cloud.queue("nobody-may-send", Policy="")
    lead(cloud, "closed-too", {"Arn": function, "DeadLetterConfig": {"Arn": queue}})
    lost = "A dead letter is lost: User: events.amazonaws.com is not authorized to perform: sqs:SendMessage"
    cloud.eventually(lambda: f"{lost} on resource: {queue}" in cloud.settings.log_file.read_text())
    assert cloud.client("sqs").receive_message(QueueUrl=url).get("Messages", []) == []


def test_a_rule_runs_tasks_as_the_role_of_its_target(cloud, dead_letter, allow, arn):
    definition = cloud.task_definition("by-rule", ["true"])
    role = cloud.role("by-rule", allow("ecs:RunTask", definition), services=("events",))
    target = {"Arn": arn("ecs", "cluster/by-rule"), "RoleArn": role}
    letter = dead_letter(lead(cloud, "by-rule", {**target, "EcsParameters": {"TaskDefinitionArn": definition}}))
    assert letter["ERROR_CODE"] == "NO_PERMISSIONS"
    assert ":assumed-role/by-rule/events is not authorized to perform: iam:PassRole" in letter["ERROR_MESSAGE"]


def test_a_rule_cannot_take_on_a_role_that_does_not_trust_it(cloud, dead_letter, allow, machine):
    started = machine("distrusted", "arn:aws:iam::000000000000:role/states", Only={"Type": "Pass"})
    role = cloud.role("distrusting", allow("states:StartExecution", started), services=("lambda",))
    letter = dead_letter(lead(cloud, "distrusted", {"Arn": started, "RoleArn": role}))
    assert letter["ERROR_CODE"] == "NO_PERMISSIONS"
    assert "role/distrusting cannot be assumed by events.amazonaws.com" in letter["ERROR_MESSAGE"]


def test_a_rule_submits_jobs_as_the_role_of_its_target(cloud, dead_letter, allow, arn):
    definition = cloud.job_definition("by-rule", ["true"])
    queue = arn("batch", "job-queue/by-rule")
    role = cloud.role("submitting", allow("batch:SubmitJob", definition), services=("events",))
    job = {"BatchParameters": {"JobDefinition": definition, "JobName": "by-rule"}}
    letter = dead_letter(lead(cloud, "submitted", {"Arn": queue, "RoleArn": role, **job}))
    assert (
        f"assumed-role/submitting/events is not authorized to perform: batch:SubmitJob on resource: {queue}"
        in letter["ERROR_MESSAGE"]
    )


def test_a_schedule_calls_as_its_role(cloud, dead_letter, allow):
    url, _ = cloud.queue("scheduled")
    letters, queue = cloud.queue("scheduled-letters", Policy="")
    function = cloud.function("scheduled", SEND.format(url=url))
    send = allow("sqs:SendMessage", queue)
    roles = {
        "may-call": cloud.role("may-call", allow("lambda:InvokeFunction", function), services=("scheduler",)),
        "may-not-call": cloud.role("may-not-call", send, services=("scheduler",)),
    }
    for name, role in roles.items():
        cloud.client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": function, "RoleArn": role, "DeadLetterConfig": {"Arn": queue}},
        )
    message = dead_letter(letters)["ERROR_MESSAGE"]
    assert ":assumed-role/may-not-call/scheduler is not authorized to perform: lambda:InvokeFunction" in message
    assert cloud.messages(url, 1)
    for name in roles:
        cloud.client("scheduler").delete_schedule(Name=name)
