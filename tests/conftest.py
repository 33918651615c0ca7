"""Fixtures every test may use: an AWS in memory with the tables, bucket and queues of a deployment."""

import json
import threading
from functools import cache
from types import SimpleNamespace

import boto3
import hcl2
import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from tests.samples import route

from embedded_cloud.extension.dynamodb.expressions import too_much
from rollcall.routes import Route
from rollcall_client.environment import ROOT
from rollcall_client.offline_routes import plain

REGION = "us-east-1"
LONGEST_EXPRESSION = 4096  # bytes
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
pytest_plugins = ["tests.permissions", "tests.run_once", "tests.tiers"]


@pytest.fixture(autouse=True)
def no_account(monkeypatch):
    """No test can reach a real account, whatever the machine it runs on is logged in to."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "ROLLCALL_ENV"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@cache
def terraform_tables() -> dict[str, dict]:
    """The DynamoDB tables as modules/job_store writes them, so that their keys are written once."""
    with (ROOT / "modules" / "job_store" / "tables.tf").open() as stream:
        blocks = plain(hcl2.load(stream))["resource"]
    return {name: table for block in blocks for kind in block.values() for name, table in kind.items()}


def make_table(dynamodb, name: str, table: dict):
    indexes = [
        {"IndexName": index["name"], "KeySchema": key_schema(index), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        for index in table.get("global_secondary_index", [])
    ]
    return dynamodb.create_table(
        TableName=name,
        BillingMode=table["billing_mode"],
        KeySchema=key_schema(table),
        AttributeDefinitions=[{"AttributeName": a["name"], "AttributeType": a["type"]} for a in table["attribute"]],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )


def key_schema(table: dict) -> list[dict]:
    keys = [("hash_key", "HASH"), ("range_key", "RANGE")]
    return [{"AttributeName": table[key], "KeyType": kind} for key, kind in keys if key in table]


@pytest.fixture
def atomic_transactions(monkeypatch):
    """moto puts the whole table back when a transaction fails, whatever other threads have written meanwhile."""
    write, one_at_a_time = DynamoDBBackend.transact_write_items, threading.Lock()

    def write_alone(backend: DynamoDBBackend, items: list[dict]) -> None:
        with one_at_a_time:
            write(backend, items)

    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", write_alone)


@pytest.fixture(scope="session")
def aws_session() -> boto3.Session:
    """Has read AWS's models: to do so again for each AWS in memory takes longer than most tests."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)


@pytest.fixture
def limited_expressions(monkeypatch):
    """moto takes an expression of any length and number of operators."""
    update = DynamoDBBackend.update_item

    def update_within_limits(backend: DynamoDBBackend, *positional, condition_expression: str | None = None, **named):
        text = condition_expression or ""
        if found := too_much("ConditionExpression", text):
            raise MockValidationException(found)
        if len(text) > LONGEST_EXPRESSION:
            raise MockValidationException("Expression size has exceeded the maximum allowed size")
        return update(backend, *positional, **{**named, "condition_expression": condition_expression})

    monkeypatch.setattr(DynamoDBBackend, "update_item", update_within_limits)


@pytest.fixture
def cloud(atomic_transactions, limited_expressions, aws_session, monkeypatch):
    """Clients and names: s3, sqs, events, jobs, progress, bucket, queue_url(name)."""
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", aws_session)
        dynamodb = boto3.resource("dynamodb", region_name=REGION)
        tables = {name: make_table(dynamodb, name, table) for name, table in terraform_tables().items()}
        s3, sqs = boto3.client("s3", region_name=REGION), boto3.client("sqs", region_name=REGION)
        s3.create_bucket(Bucket="rollcall-test")
        yield SimpleNamespace(
            s3=s3,
            sqs=sqs,
            events=boto3.client("events", region_name=REGION),
            bucket="rollcall-test",
            queue=lambda name: sqs.create_queue(QueueName=name)["QueueUrl"],
            **tables,
        )


class TokenBox:
    """Stands for Step Functions at the one call the barrier makes: a token is taken once, as on AWS."""

    def __init__(self):
        self.taken: dict[str, dict] = {}
        self.sent = 0

    def send_task_success(self, taskToken: str, output: str) -> None:
        from botocore.exceptions import ClientError

        self.sent += 1
        if taskToken in self.taken:
            raise ClientError({"Error": {"Code": "TaskTimedOut", "Message": "already closed"}}, "SendTaskSuccess")
        self.taken[taskToken] = json.loads(output)


@pytest.fixture
def tokens() -> TokenBox:
    return TokenBox()


@pytest.fixture
def routes() -> dict[str, Route]:
    return {name: route(name) for name in ("equity", "option.american", "*")}
