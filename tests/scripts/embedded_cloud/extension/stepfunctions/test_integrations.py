"""AWS: Step Functions developer guide, "Integrating services"; EventBridge user guide, "Targets"."""

import json


def test_an_event_carries_the_token_in_its_detail_and_an_answer_may_be_json(cloud, states):
    url, arn = cloud.queue("asked-by-event")
    cloud.client("events").put_rule(
        Name="asked", EventPattern=json.dumps({"source": ["asking"], "detail": {"number": [7]}})
    )
    cloud.client("events").put_targets(Rule="asked", Targets=[{"Id": "only", "Arn": arn}])
    detail = {"token.$": "$$.Task.Token", "number.$": "$.number"}
    entry = {"Source": "asking", "DetailType": "Asked", "Detail": detail, "Resources": ["own"]}
    resource = "arn:aws:states:::events:putEvents.waitForTaskToken"
    execution = states.start(
        {"Type": "Task", "Resource": resource, "Parameters": {"Entries": [entry]}, "TimeoutSeconds": 30}, {"number": 7}
    )
    event = json.loads(cloud.messages(url, 1)[0]["Body"])
    machine = states.client.describe_execution(executionArn=execution)["stateMachineArn"]
    assert event["resources"] == ["own", execution, machine]
    parameters = {"TaskToken.$": "$.token", "Output": {"number.$": "$.number"}}
    states.output(
        {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess", "Parameters": parameters},
        event["detail"],
    )
    assert json.loads(states.end(execution)["output"]) == {"number": 7}


def test_a_counter_is_compared_with_the_input(cloud, states):
    cloud.client("dynamodb").create_table(
        TableName="compared",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "job", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "job", "AttributeType": "S"}],
    )
    parameters = {
        "TableName": "compared",
        "Key": {"job": {"S.$": "$.job"}},
        "UpdateExpression": "ADD done :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
        "ReturnValues": "UPDATED_NEW",
    }
    count = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem", "Parameters": parameters}
    count |= {"ResultSelector": {"done.$": "States.StringToJson($.Attributes.done.N)"}, "ResultPath": "$.count"}
    all_done = {"Variable": "$.count.done", "NumericEqualsPath": "$.total", "Next": "All"}
    branch = {
        "StartAt": "Count",
        "States": {
            "Count": {**count, "Next": "Compare"},
            "Compare": {"Type": "Choice", "Choices": [all_done], "Default": "Some"},
            "All": {"Type": "Pass", "Result": "all", "End": True},
            "Some": {"Type": "Pass", "Result": "some", "End": True},
        },
    }
    state, given = {"Type": "Parallel", "Branches": [branch]}, {"job": "j", "total": 2}
    assert [states.output(state, given) for _ in range(2)] == [["some"], ["all"]]


def test_a_rule_starts_an_execution_with_what_its_transformer_makes_of_the_event(cloud, states):
    template = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}
    machine = states.client.create_state_machine(
        name="started-by-rule", definition=json.dumps(template), roleArn="arn:aws:iam::000000000000:role/states"
    )["stateMachineArn"]
    paths = {"job": "$.detail.job", "chunk": "$.detail.chunk", "result": "$.detail.result"}
    transformer = {"InputPathsMap": paths, "InputTemplate": '{"job": <job>, "n": <chunk>, "all": {"result": <result>}}'}
    role = "arn:aws:iam::000000000000:role/events"
    cloud.route("completed", {"Arn": machine, "RoleArn": role, "InputTransformer": transformer})
    cloud.put("completed", {"job": "j", "chunk": 3, "result": {"value": [1.5]}})
    started = cloud.eventually(lambda: states.client.list_executions(stateMachineArn=machine)["executions"])
    given = states.client.describe_execution(executionArn=started[0]["executionArn"])["input"]
    assert json.loads(given) == {"job": "j", "n": 3, "all": {"result": {"value": [1.5]}}}
