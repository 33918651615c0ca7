"""Clients that call as a role."""

import json
from typing import Any

import boto3
import pytest

ACCOUNT = "000000000000"
REGION = "us-east-1"


@pytest.fixture
def as_role(cloud):
    """as_role(name, *statements)(service) is a client that may do what the statements of a new role allow."""

    def make(name, *statements):
        arn = cloud.role(name, *statements)
        given = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="caller")["Credentials"]
        keys = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"]}
        session = boto3.Session(**keys, aws_session_token=given["SessionToken"], region_name=REGION)
        return lambda service: session.client(service, endpoint_url=cloud.settings.url)

    return make


def allow(action, resource="*", **condition):
    """One statement; the condition's operators stand with an underscore for the colon."""
    operators = {operator.replace("_", ":"): keys for operator, keys in condition.items()}
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": operators}


@pytest.fixture(name="allow")
def allow_fixture():
    return allow


@pytest.fixture
def arn():
    return lambda service, rest: f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


@pytest.fixture
def machine(cloud):
    """machine(name, role, *states) is the ARN of a state machine that goes through the states."""

    def make(name, role, **states):
        names = [*states, None]
        links = [{"Next": following} if following else {"End": True} for following in names[1:]]
        definition: dict[str, Any] = {"StartAt": names[0], "States": {}}
        for (state, body), link in zip(states.items(), links, strict=True):
            definition["States"][state] = {**link, **body}
        answer = cloud.client("stepfunctions").create_state_machine(
            name=name, roleArn=role, definition=json.dumps(definition)
        )
        return answer["stateMachineArn"]

    return make


@pytest.fixture
def ended(cloud):
    """ended(machine) is the execution of a state machine, once it is over."""
    states = cloud.client("stepfunctions")

    def run(machine, given="{}"):
        execution = states.start_execution(stateMachineArn=machine, input=given)["executionArn"]

        def over():
            found = states.describe_execution(executionArn=execution)
            return found["status"] != "RUNNING" and found

        return cloud.eventually(over)

    return run
