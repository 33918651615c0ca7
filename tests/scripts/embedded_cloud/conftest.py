"""One embedded cloud for all contract tests: a real process, real calls, its own folder and port."""

import contextlib
import io
import json
import os
import socket
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.cloud_faults import faults

from embedded_cloud import lifecycle
from embedded_cloud.settings import CloudSettings

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/contract"
SECRET = "ROLLCALL_TEST_HOST_SECRET"
SERVICES = ("lambda", "ecs-tasks", "states", "events", "scheduler")
PATIENCE_SECONDS = 300  # of a test that would fail otherwise: the machine may be busy


@cache
def client_at(url: str, service: str):
    config = Config(max_pool_connections=50, retries={"total_max_attempts": 1}, read_timeout=PATIENCE_SECONDS)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    make: Callable[..., Any] = boto3.client
    return make(service, endpoint_url=url, region_name=REGION, config=config, **keys)


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def statement(*actions: str, **members: object) -> dict:
    """An Allow of the actions, with whatever else a statement has."""
    return {"Effect": "Allow", "Action": actions, **members}


@dataclass(frozen=True)
class Cloud:
    """A running cloud and the few calls every test needs."""

    settings: CloudSettings

    def role(self, name: str, *statements: dict, services: tuple[str, ...] = SERVICES) -> str:
        """ARN of a role that the account and these services may take on, with an inline policy of the statements."""
        principals = {"AWS": ACCOUNT, "Service": [f"{service}.amazonaws.com" for service in services]}
        trust = statement("sts:AssumeRole", Principal=principals)
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements))
        return arn

    @staticmethod
    def eventually(look, seconds: float = PATIENCE_SECONDS):
        """Looks again until there is something; fails the test when there never is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.02)
        raise AssertionError(f"Nothing was found within {seconds} s")

    def client(self, service: str):
        return client_at(self.settings.url, service)

    def queue(self, name: str, **attributes: str) -> tuple[str, str]:
        """URL and ARN; rules may send to it, unless it has a policy of its own.

        What is received stays hidden, however long the test takes, unless it asks for less.
        """
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        rules = statement("sqs:SendMessage", Principal={"Service": "events.amazonaws.com"}, Resource=arn)
        attributes = {"Policy": policy(rules), "VisibilityTimeout": "3600", **attributes}
        return self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], arn

    def messages(self, url: str, count: int) -> list[dict]:
        found = []

        def received() -> bool:
            answer = self.client("sqs").receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=1
            )
            found.extend(answer.get("Messages", []))
            return len(found) >= count

        self.eventually(received)
        return found

    def function(self, name: str, code: str, **options) -> str:
        """Deploys the handler and returns the function's ARN."""
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as files:
            files.writestr("main.py", textwrap.dedent(code))
        answer = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="main.handler",
            Code={"ZipFile": package.getvalue()},
            **{"Role": ROLE, "Timeout": 20, **options},
        )
        return answer["FunctionArn"]

    def invoke(self, name: str, payload: object = None) -> dict:
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload))
        return json.loads(answer["Payload"].read())

    def route(self, name: str, target: dict) -> None:
        """Leads every event of source `name` to the target, which a function allows if there is one."""
        events = self.client("events")
        if ":function:" in target["Arn"]:
            self.allow_rule(target["Arn"], name)
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
        events.put_targets(Rule=name, Targets=[{"Id": "only", **target}])

    def allow_rule(self, function: str, rule: str) -> None:
        source = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule}"
        call = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": source}
        with contextlib.suppress(self.client("lambda").exceptions.ResourceNotFoundException):
            self.client("lambda").add_permission(FunctionName=function, StatementId=rule, **call)

    def put(self, source: str, *details: dict) -> None:
        events = self.client("events")
        entries = [{"Source": source, "DetailType": "test", "Detail": json.dumps(detail)} for detail in details]
        for start in range(0, len(entries), 10):
            answer = events.put_events(Entries=entries[start : start + 10])
            assert answer["FailedEntryCount"] == 0

    def task_definition(self, name: str, command: list[str], **container) -> str:
        logs = {"awslogs-group": f"/ecs/{name}", "awslogs-region": REGION, "awslogs-stream-prefix": "work"}
        self.client("logs").create_log_group(logGroupName=f"/ecs/{name}")
        self.client("ecs").create_cluster(clusterName=name, capacityProviders=["FARGATE", "FARGATE_SPOT"])
        worker = {
            "name": "worker",
            "image": "worker:1",
            "command": command,
            "logConfiguration": {"logDriver": "awslogs", "options": logs},
            **container,
        }
        roles = {"taskRoleArn": ROLE, "executionRoleArn": ROLE}
        answer = self.client("ecs").register_task_definition(
            **roles,
            family=name,
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[worker],
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def run_task(self, name: str, **options) -> str:
        answer = self.client("ecs").run_task(cluster=name, taskDefinition=name, launchType="FARGATE", **options)
        return answer["tasks"][0]["taskArn"]

    def task(self, name: str, arn: str, status: str) -> dict:
        """The task once it has the status."""

        def reached():
            found = self.client("ecs").describe_tasks(cluster=name, tasks=[arn])["tasks"][0]
            return found["lastStatus"] == status and found

        return self.eventually(reached)

    def job_definition(
        self, name: str, command: list[str], role: str = ROLE, execution_role: str = ROLE, **options
    ) -> str:
        """Also makes the queue and the compute environment, all of the same name."""
        batch = self.client("batch")
        resources = {"type": "FARGATE", "maxvCpus": 4, "subnets": ["subnet-1"], "securityGroupIds": []}
        batch.create_compute_environment(computeEnvironmentName=name, type="MANAGED", computeResources=resources)
        order = [{"order": 1, "computeEnvironment": name}]
        batch.create_job_queue(jobQueueName=name, priority=1, computeEnvironmentOrder=order)
        roles = {name: arn for name, arn in (("jobRoleArn", role), ("executionRoleArn", execution_role)) if arn}
        answer = batch.register_job_definition(
            jobDefinitionName=name,
            type="container",
            platformCapabilities=["FARGATE"],
            containerProperties={"image": "worker:1", "command": command, **roles},
            **options,
        )
        return answer["jobDefinitionArn"]

    def submit(self, name: str, **options) -> str:
        answer = self.client("batch").submit_job(jobName=name, jobQueue=name, jobDefinition=name, **options)
        return answer["jobId"]

    def job(self, job_id: str, status: str) -> dict:
        """The job once it has the status."""

        def reached():
            found = self.client("batch").describe_jobs(jobs=[job_id])["jobs"][0]
            return found["status"] == status and found

        return self.eventually(reached)

    def log_lines(self, group: str) -> list[str]:
        """None while nothing has made the group."""
        logs = self.client("logs")
        try:
            return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []


def settings_below(folder: Path) -> CloudSettings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return CloudSettings(folder=folder / "cloud", image_root=folder, port=port, lambdas=16, containers=4)


def with_roles(cloud: Cloud) -> Cloud:
    """The cloud with the roles that tests of other things than permissions use; these may do everything."""
    for name in ("contract", "events", "states"):
        cloud.role(name, statement("*", Resource="*"))
    return cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    settings = settings_below(tmp_path_factory.mktemp("contract"))
    os.environ[SECRET] = "the host's"
    lifecycle.up(settings, say=lambda _: None)
    try:
        yield with_roles(Cloud(settings))
        assert faults(settings) == []
    finally:
        lifecycle.down(settings, say=lambda _: None)
        del os.environ[SECRET]


@pytest.fixture
def own_settings(tmp_path) -> Iterator[CloudSettings]:
    """For tests that start and stop a cloud themselves."""
    settings = replace(settings_below(tmp_path), lambdas=4, containers=2)
    yield settings
    lifecycle.down(settings, say=lambda _: None)


@pytest.fixture
def own_cloud(own_settings) -> Cloud:
    lifecycle.up(own_settings, say=lambda _: None)
    return with_roles(Cloud(own_settings))
