"""AWS: Step Functions developer guide, "How Step Functions generates IAM policies for integrated services"."""

import json

import pytest
from botocore.exceptions import ClientError

from embedded_cloud.extension.iam.states import DELIVER_LOGS

TABLE = {"TableName": "none", "Key": {"id": {"S": "a"}}}
ENTRY = {"Source": "mine", "DetailType": "Told", "Detail": {}}
CALLS = {
    "lambda:invoke": ({"FunctionName": "none"}, "Lambda.AWSLambdaException", "lambda:InvokeFunction"),
    "dynamodb:getItem": (TABLE, "DynamoDB.AmazonDynamoDBException", "dynamodb:GetItem"),
    "events:putEvents": ({"Entries": [ENTRY]}, "EventBridge.AmazonEventBridgeException", "events:PutEvents"),
    "states:startExecution": (
        {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:none"},
        "StepFunctions.AWSStepFunctionsException",
        "states:StartExecution",
    ),
    "aws-sdk:sqs:sendMessage": ({"QueueUrl": "none", "MessageBody": "a"}, "Sqs.SqsException", "sqs:SendMessage"),
}


@pytest.mark.parametrize("integration", CALLS)
def test_a_state_whose_call_is_refused_fails_by_the_services_name(cloud, machine, ended, integration):
    parameters, error, action = CALLS[integration]
    name = integration.replace(":", "-")
    call = {"Type": "Task", "Resource": f"arn:aws:states:::{integration}", "Parameters": parameters}
    execution = ended(machine(name, cloud.role(name), Call=call))
    assert (execution["status"], execution["error"]) == ("FAILED", error)
    assert f":assumed-role/{name}/states is not authorized to perform: {action} on resource: " in execution["cause"]


def test_a_state_may_do_what_its_machines_role_may(cloud, machine, ended, allow):
    function = cloud.function("stated", "def handler(event, context): return 'done'")
    role = cloud.role("stating", allow("lambda:InvokeFunction", function))
    execution = ended(machine("stating", role, Call={"Type": "Task", "Resource": function}))
    assert (execution["status"], execution["output"]) == ("SUCCEEDED", '"done"')


def test_a_machine_whose_role_does_not_trust_it_can_call_nothing(cloud, machine, ended, allow):
    function = cloud.function("never-stated", "def handler(event, context): return 'done'")
    role = cloud.role("other-service", allow("lambda:InvokeFunction", function), services=("lambda",))
    execution = ended(machine("distrusts", role, Call={"Type": "Task", "Resource": function}))
    assert "role/other-service cannot be assumed by states.amazonaws.com" in execution["cause"]


DISTRIBUTED = {
    "Type": "Map",
    "ItemReader": {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "mapped", "Key": "items.json"},
    },
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Only",
        "States": {"Only": {"Type": "Pass", "End": True}},
    },
    "ResultWriter": {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "mapped", "Prefix": "results"},
    },
}


def test_a_distributed_map_reads_starts_and_writes_as_its_machines_role(cloud, machine, ended, allow, arn):
    cloud.client("s3").create_bucket(Bucket="mapped")
    cloud.client("s3").put_object(Bucket="mapped", Key="items.json", Body=b"[1, 2]")
    needed = {
        "States.ItemReaderFailed": allow("s3:GetObject", "arn:aws:s3:::mapped/items.json"),
        "StepFunctions.AWSStepFunctionsException": allow("states:StartExecution", arn("states", "stateMachine:map-*")),
        "States.ResultWriterFailed": allow("s3:PutObject", "arn:aws:s3:::mapped/results/*"),
    }
    children = allow(["states:DescribeExecution", "states:StopExecution"], arn("states", "execution:map-*/*"))
    for number, error in enumerate(needed):
        granted = [children, *(statement for of_error, statement in needed.items() if of_error != error)]
        execution = ended(machine(f"map-{number}", cloud.role(f"map-{number}", *granted), Map=DISTRIBUTED))
        assert (execution["status"], execution["error"]) == ("FAILED", error)
        assert f"assumed-role/map-{number}/states is not authorized" in execution["cause"]
    blind = ended(machine("map-blind", cloud.role("map-blind", *needed.values()), Map=DISTRIBUTED))
    assert "is not authorized to perform: states:DescribeExecution on resource: " in blind["cause"]
    whole = ended(machine("map-whole", cloud.role("map-whole", children, *needed.values()), Map=DISTRIBUTED))
    assert whole["status"] == "SUCCEEDED"


def test_a_machine_that_is_to_log_needs_a_role_that_may_deliver_logs(cloud, allow, arn):
    states = cloud.client("stepfunctions")
    definition = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}})
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": arn("logs", "log-group:of-machines:*")}}
    logs = {"level": "ERROR", "destinations": [group]}
    silent, speaking = cloud.role("silent"), cloud.role("speaking", allow(list(DELIVER_LOGS)))
    with pytest.raises(ClientError, match="not authorized to access the Log Destination") as refused:
        states.create_state_machine(name="logs", roleArn=silent, definition=definition, loggingConfiguration=logs)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "logs:CreateLogDelivery" in str(refused.value)
    made = states.create_state_machine(name="logs", roleArn=speaking, definition=definition, loggingConfiguration=logs)
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        states.update_state_machine(stateMachineArn=made["stateMachineArn"], roleArn=silent)
