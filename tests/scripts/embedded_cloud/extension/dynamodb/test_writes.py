"""AWS: DynamoDB developer guide, "Atomic counters"; SQS, message groups on standard queues."""

import json

ROLE = "arn:aws:iam::000000000000:role/states"


def test_updates_of_many_states_at_once_are_all_counted(cloud):
    dynamodb, states = cloud.client("dynamodb"), cloud.client("stepfunctions")
    dynamodb.create_table(
        TableName="counters",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
    )
    parameters = {
        "TableName": "counters",
        "Key": {"name": {"S": "only"}},
        "UpdateExpression": "ADD runs :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    add = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem", "Parameters": parameters, "End": True}
    items = {"StartAt": "Add", "States": {"Add": add}}
    counting = {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 40, "ItemProcessor": items, "End": True}
    definition = json.dumps({"StartAt": "Count", "States": {"Count": counting}})
    arn = states.create_state_machine(name="counting", definition=definition, roleArn=ROLE)["stateMachineArn"]
    given = json.dumps({"items": list(range(1000))})
    execution = states.start_execution(stateMachineArn=arn, input=given)["executionArn"]
    cloud.eventually(lambda: states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")
    item = dynamodb.get_item(TableName="counters", Key={"name": {"S": "only"}})["Item"]
    assert item["runs"]["N"] == "1000"
