"""AWS: the pricing pages of Step Functions, Lambda, EventBridge, SQS and DynamoDB."""

import json

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:"


def invoking(name):
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": name}}


def test_retries_are_state_transitions(states, counted):
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 0, "MaxAttempts": 2}]
    states.run({**invoking("absent"), "Retry": retry})
    assert counted()["states:StateTransition"] == 3


def test_an_invocation_counts_whoever_asked_for_it(cloud, states, counted):
    cloud.function("metered", "import time\ndef handler(event, context): time.sleep(0.2)", MemorySize=512)
    url, arn = cloud.queue("metered")
    cloud.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="metered", BatchSize=10)
    cloud.route("metered", {"Arn": FUNCTION + "metered"})
    counted()
    for ask in (
        lambda: cloud.invoke("metered"),
        lambda: states.output(invoking("metered")),
        lambda: cloud.put("metered", {}),
        lambda: cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x"),
    ):
        ask()
        total = cloud.eventually(lambda: (found := counted())["lambda:Invocation"] and found)
        assert total["lambda:Invocation"] == 1
        assert total["lambda:Milliseconds"] >= 200
        assert total["lambda:MegabyteMilliseconds"] == 512 * total["lambda:Milliseconds"]


def test_a_queue_of_a_function_is_read_and_emptied_in_calls_of_ten(cloud, counted):
    cloud.function("batched", "def handler(event, context): pass")
    url, arn = cloud.queue("batched")
    for start in (0, 10, 20):
        entries = [{"Id": str(number), "MessageBody": "x"} for number in range(start, min(start + 10, 25))]
        cloud.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    counted()
    window = {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 1}
    cloud.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="batched", **window)
    total = counted()

    def emptied():
        total.update(counted())
        return total["sqs:DeleteMessageBatch"] == 3

    cloud.eventually(emptied)
    assert total["sqs:ReceiveMessage"] == 3


def test_an_event_counts_for_each_64_kib_and_each_target(cloud, counted):
    url, arn = cloud.queue("counted-events")
    cloud.route("counted", {"Arn": arn})
    counted()
    cloud.put("counted", {"n": 1}, {"n": "x" * 70_000})
    cloud.put("nobody", {"n": 1})
    total = counted()
    assert (total["events:PutEvents"], total["events:Event"], total["events:TargetInvocation"]) == (2, 4, 2)
    assert len(cloud.messages(url, 2)) == 2


def test_events_of_aws_itself_cost_nothing(states, counted):
    states.output({"Type": "Pass"})
    assert counted()["events:Event"] == 0


def test_calls_of_states_count_as_calls(cloud, states, counted):
    url, _ = cloud.queue("called")
    parameters = {"QueueUrl": url, "MessageBody": "x"}
    states.output({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters})
    states.output({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:listStateMachines"})
    total = counted()
    assert (total["sqs:SendMessage"], total["states:ListStateMachines"]) == (1, 1)


@pytest.fixture(scope="session")
def table(cloud):
    index = {
        "IndexName": "open",
        "KeySchema": [{"AttributeName": "open", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    cloud.client("dynamodb").create_table(
        TableName="metered",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "name", "AttributeType": "S"},
            {"AttributeName": "open", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[index],
    )
    return cloud.client("dynamodb")


def item(name, size=1, **others):
    return {"name": {"S": name}, "text": {"S": "x" * size}, **others}


ADD = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
GET = {"TableName": "metered", "Key": {"name": {"S": "old"}}}


@pytest.mark.parametrize(
    ("call", "units"),
    [
        (lambda table: table.put_item(TableName="metered", Item=item("a")), 1),
        (lambda table: table.put_item(TableName="metered", Item=item("b", 2500)), 3),
        (lambda table: table.put_item(TableName="metered", Item=item("c", open={"S": "open"})), 2),
        (lambda table: table.update_item(**GET, **ADD), 5),
        (lambda table: table.delete_item(**GET), 5),
        (lambda table: table.batch_write_item(RequestItems={"metered": [{"DeleteRequest": {"Key": GET["Key"]}}]}), 5),
        (
            lambda table: pytest.raises(
                table.exceptions.ConditionalCheckFailedException,
                table.put_item,
                TableName="metered",
                Item=item("old"),
                ConditionExpression="attribute_not_exists(#n)",
                ExpressionAttributeNames={"#n": "name"},
            ),
            5,
        ),
    ],
)
def test_a_write_takes_a_unit_for_each_kb_of_the_larger_item(table, counted, call, units):
    table.put_item(TableName="metered", Item=item("old", 4500))
    counted()
    call(table)
    assert counted()["dynamodb:WriteUnit"] == units


def test_a_read_takes_half_a_unit_for_each_4_kb_and_a_consistent_one_the_double(table, counted):
    table.put_item(TableName="metered", Item=item("old", 4500))
    counted()
    table.get_item(**GET)
    assert counted()["dynamodb:ReadUnit"] == 1
    table.get_item(**GET, ConsistentRead=True)
    assert counted()["dynamodb:ReadUnit"] == 2
    table.batch_get_item(RequestItems={"metered": {"Keys": [GET["Key"], {"name": {"S": "absent"}}]}})
    assert counted()["dynamodb:ReadUnit"] == 1.5


def test_an_update_by_a_state_takes_units_too(table, states, counted):
    table.put_item(TableName="metered", Item=item("old"))
    counted()
    resource = "arn:aws:states:::dynamodb:updateItem"
    output = states.output(
        {"Type": "Task", "Resource": resource, "Parameters": {**GET, **ADD, "ReturnValues": "ALL_NEW"}}
    )
    total = counted()
    assert (total["dynamodb:UpdateItem"], total["dynamodb:WriteUnit"]) == (1, 1)
    assert json.loads(output["Attributes"]["n"]["N"]) == 1
