"""AWS: ECS developer guide, "Amazon ECS task execution IAM role" and "Amazon ECS task IAM role"."""

import pytest

LOG = ["logs:CreateLogStream", "logs:PutLogEvents"]


def start(cloud, name, **roles):
    """The task that was started with these roles, once it has ended."""
    cloud.task_definition(name, ["python", "-c", "import boto3; boto3.client('sqs').list_queues()"])
    task = cloud.run_task(name, overrides=roles)
    return cloud.task(name, task, "STOPPED")


def test_a_task_does_not_start_where_its_role_does_not_trust_ecs(cloud):
    stopped = start(cloud, "distrusts-tasks", taskRoleArn=cloud.role("distrusts-tasks", services=("lambda",)))
    assert "ECS was unable to assume the role" in stopped["stoppedReason"]


def test_a_task_does_not_start_where_its_log_cannot_be_written(cloud, allow):
    role = cloud.role("starts-blind", allow("logs:PutLogEvents"))
    stopped = start(cloud, "starts-blind", executionRoleArn=role)
    assert stopped["stoppedReason"].startswith("ResourceInitializationError: failed to validate logger args")
    assert (
        "assumed-role/starts-blind/ecs-tasks is not authorized to perform: logs:CreateLogStream"
        in stopped["stoppedReason"]
    )


def test_a_job_does_not_start_where_its_log_cannot_be_written(cloud):
    cloud.job_definition("blind-job", ["true"], execution_role=cloud.role("blind-job"))
    job = cloud.job(cloud.submit("blind-job"), "FAILED")
    assert "is not authorized to perform: logs:CreateLogStream" in job["statusReason"]


@pytest.mark.parametrize("kind", ["task", "job"])
def test_a_container_may_do_what_its_role_may_and_no_more(cloud, kind):
    name = f"powerless-{kind}"
    command = ["python", "-c", "import boto3; boto3.client('sqs').list_queues()"]
    if kind == "task":
        containers = start(cloud, name, taskRoleArn=cloud.role(name))["containers"]
        assert [each["exitCode"] for each in containers if each["name"] == "worker"] == [1]
    else:
        cloud.job_definition(name, command, role=cloud.role(name))
        assert cloud.job(cloud.submit(name), "FAILED")["attempts"][0]["container"]["exitCode"] == 1


def test_a_container_without_a_role_has_no_credentials(cloud):
    cloud.job_definition("roleless-job", ["python", "-c", "import boto3; boto3.client('sqs').list_queues()"], role="")
    assert cloud.job(cloud.submit("roleless-job"), "FAILED")["attempts"][0]["container"]["exitCode"] == 1
    assert "Unable to locate credentials" in "".join(cloud.log_lines("/aws/batch/job"))
