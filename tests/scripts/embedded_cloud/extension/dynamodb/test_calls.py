"""AWS: DynamoDB developer guide, "Expressions", "Global secondary indexes"; API reference, ReturnValues."""

from decimal import Decimal
from functools import reduce
from operator import and_

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError


@pytest.fixture(scope="session")
def table(cloud):
    """Leases: by route and slot; a sparse index lists those that are open."""
    table = boto3.resource(
        "dynamodb",
        endpoint_url=cloud.settings.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    ).create_table(
        TableName="leases",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "route", "KeyType": "HASH"}, {"AttributeName": "slot", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "route", "AttributeType": "S"},
            {"AttributeName": "slot", "AttributeType": "N"},
            {"AttributeName": "open", "AttributeType": "S"},
            {"AttributeName": "since", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": "open", "KeyType": "HASH"},
                    {"AttributeName": "since", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    table.wait_until_exists()
    return table


def test_a_sparse_index_lists_the_keys_of_those_that_have_its_attribute_in_order(table):
    for slot, since in ((0, "c"), (1, "a"), (2, "b")):
        table.put_item(Item={"route": "sparse", "slot": slot, "open": "open", "since": since, "other": 1})
    table.put_item(Item={"route": "sparse", "slot": 3, "since": "d"})
    table.update_item(
        Key={"route": "sparse", "slot": 2}, UpdateExpression="REMOVE #open", ExpressionAttributeNames={"#open": "open"}
    )
    found = table.query(IndexName="open", KeyConditionExpression=Key("open").eq("open"))["Items"]
    assert found == [
        {"route": "sparse", "slot": Decimal(1), "open": "open", "since": "a"},
        {"route": "sparse", "slot": Decimal(0), "open": "open", "since": "c"},
    ]
    page = table.query(IndexName="open", KeyConditionExpression=Key("open").eq("open"), Limit=1)
    rest = table.query(
        IndexName="open", KeyConditionExpression=Key("open").eq("open"), ExclusiveStartKey=page["LastEvaluatedKey"]
    )
    assert [item["since"] for item in page["Items"] + rest["Items"]] == ["a", "c"]


def test_a_lease_is_taken_only_when_it_is_free_or_has_expired(table):
    key = {"route": "lease", "slot": 0}

    def claim(worker, now):
        return table.update_item(
            Key=key,
            UpdateExpression="SET worker = :worker, expires_at = :until",
            ConditionExpression="expires_at < :now OR attribute_not_exists(expires_at)",
            ExpressionAttributeValues={":worker": worker, ":now": now, ":until": now + 30},
            ReturnValues="ALL_OLD",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    assert "Attributes" not in claim("one", 100)
    with pytest.raises(ClientError) as refused:
        claim("two", 130)
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert refused.value.response["Item"]["worker"] == {"S": "one"}
    assert claim("two", 131)["Attributes"]["worker"] == "one"


def test_a_conditional_delete_leaves_what_another_holds(table):
    key = {"route": "deleted", "slot": 0}
    table.put_item(Item={**key, "worker": "one"})
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.delete_item(Key=key, ConditionExpression=Attr("worker").eq("two"))
    old = table.delete_item(Key=key, ConditionExpression=Attr("worker").eq("one"), ReturnValues="ALL_OLD")
    assert old["Attributes"]["worker"] == "one"
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.delete_item(Key=key, ConditionExpression=Attr("worker").eq("one"))


def test_a_list_grows_from_nothing_in_the_order_of_its_writes(table):
    key = {"route": "timeline", "slot": 0}
    for what in ("submitted", "paused"):
        table.update_item(
            Key=key,
            UpdateExpression="SET timeline = list_append(if_not_exists(timeline, :none), :event)",
            ExpressionAttributeValues={":none": [], ":event": [{"what": what}]},
        )
    assert table.get_item(Key=key)["Item"]["timeline"] == [{"what": "submitted"}, {"what": "paused"}]


def test_a_batch_of_gets_returns_those_that_exist(table):
    table.put_item(Item={"route": "batch", "slot": 0, "worker": "one"})
    keys = [{"route": "batch", "slot": 0}, {"route": "batch", "slot": 1}]
    answer = table.meta.client.batch_get_item(RequestItems={"leases": {"Keys": keys}})
    assert answer["Responses"]["leases"] == [{"route": "batch", "slot": Decimal(0), "worker": "one"}]
    assert not answer.get("UnprocessedKeys")


@pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")
def test_what_powertools_remembers_is_not_done_twice(cloud):
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="remembered",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    store = DynamoDBPersistenceLayer(table_name="remembered", boto3_client=client)
    runs = []

    @idempotent_function(data_keyword_argument="event", persistence_store=store, config=IdempotencyConfig())
    def settle(event, again=None):
        runs.append(event)
        if again:
            with pytest.raises(IdempotencyAlreadyInProgressError):
                settle(event=event)
        return {"chunk": event["chunk"]}

    assert settle(event={"chunk": 1}, again=True) == settle(event={"chunk": 1}) == {"chunk": 1}
    assert runs == [{"chunk": 1}]


def update_unless(table, *members: int) -> None:
    condition = reduce(and_, (~Attr("members").contains(member) for member in members))
    table.update_item(
        Key={"route": "set", "slot": 0},
        UpdateExpression="ADD members :members",
        ExpressionAttributeValues={":members": set(members)},
        ConditionExpression=condition,
    )


def test_an_expression_of_more_than_three_hundred_operators_is_refused(table):
    update_unless(table, *range(50))
    update_unless(table, *range(50, 150))  # 100 contains, 100 NOT, 99 AND
    with pytest.raises(ClientError, match="ValidationException.*ConditionExpression.*too many operators"):
        update_unless(table, *range(150, 251))
    assert len(table.get_item(Key={"route": "set", "slot": 0})["Item"]["members"]) == 150


def test_an_expression_of_more_than_4_kb_is_refused(table):
    with pytest.raises(ClientError, match="ValidationException.*Expression size has exceeded"):
        table.update_item(
            Key={"route": "set", "slot": 0},
            UpdateExpression=f"ADD {'m' * 4096} :one",
            ExpressionAttributeValues={":one": 1},
        )


def test_an_item_of_more_than_400_kb_is_refused(table):
    with pytest.raises(ClientError, match="ValidationException.*[Ii]tem size"):
        table.put_item(Item={"route": "large", "slot": 0, "text": "x" * 400 * 1024})
