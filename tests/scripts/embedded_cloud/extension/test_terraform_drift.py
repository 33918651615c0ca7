"""AWS reads back what was written; Terraform plans a change for everything that differs."""

import json

import pytest

MACHINE = {
    "name": "traced",
    "definition": json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}),
    "roleArn": "arn:aws:iam::000000000000:role/states",
}


def test_the_tracing_of_a_state_machine_can_be_switched_on_and_off(cloud):
    states = cloud.client("stepfunctions")
    arn = states.create_state_machine(**MACHINE, tracingConfiguration={"enabled": True})["stateMachineArn"]
    assert states.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": True}
    states.update_state_machine(stateMachineArn=arn, tracingConfiguration={})
    assert states.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": False}


def test_a_limit_of_asynchronous_calls_that_was_not_given_is_not_read_back(cloud):
    cloud.function("limited", "def handler(event, context): pass")
    functions = cloud.client("lambda")
    functions.put_function_event_invoke_config(FunctionName="limited", MaximumRetryAttempts=1)
    config = functions.get_function_event_invoke_config(FunctionName="limited")
    assert config["MaximumRetryAttempts"] == 1
    assert "MaximumEventAgeInSeconds" not in config


@pytest.mark.parametrize("ports", [{}, {"FromPort": 0, "ToPort": 0}])
def test_the_default_egress_rule_can_be_revoked_with_or_without_ports(cloud, ports):
    ec2 = cloud.client("ec2")
    group = ec2.create_security_group(GroupName=f"workers{len(ports)}", Description="workers")["GroupId"]
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], **ports}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"] == []
