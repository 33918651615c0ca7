"""DynamoDB as a value: the emulator's own code answers a request for some rows, and says what becomes of them.

A state of all tables is a tuple of (address, row); a row is canonical JSON, so equal states are equal
tuples. boto3 itself translates requests and answers, so that what it does to expressions is part of the test.
"""

import json
from collections.abc import Callable
from functools import cache, lru_cache

import boto3
from boto3.dynamodb.transform import TransformationInjector
from botocore.exceptions import ClientError
from ministack.services import dynamodb as emulator
from tests.conftest import REGION, terraform_tables

Rows = tuple[tuple[str, str], ...]  # sorted by address
translator = TransformationInjector()


@cache
def keys_of(table: str) -> tuple[str, ...]:
    """The key attributes of a table of modules/job_store, made in the emulator the first time."""
    block = terraform_tables()[table]
    keys = tuple(block[name] for name in ("hash_key", "range_key") if name in block)
    types = {attribute["name"]: attribute["type"] for attribute in block["attribute"]}
    emulator._create_table(
        {
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": n, "KeyType": k} for n, k in zip(keys, ("HASH", "RANGE"), strict=False)],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": types[name]} for name in keys],
        }
    )
    return keys


@cache
def operation_model(operation: str):
    client = boto3.client("dynamodb", region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")
    return client.meta.service_model.operation_model("".join(word.title() for word in operation.split("_")))


def canonical(value) -> str:
    return json.dumps(sort_sets(value), sort_keys=True)


def sort_sets(value):
    if isinstance(value, dict):
        return {name: sorted(v) if name in ("NS", "SS") else sort_sets(v) for name, v in value.items()}
    return [sort_sets(v) for v in value] if isinstance(value, list) else value


def address(table: str, item: dict) -> str:
    """Where a row lies: its table and its key, from a row or a key with DynamoDB's types."""
    return "/".join([table, *(next(iter(item[name].values())) for name in keys_of(table))])


def answered(operation: str, request: str, rows: Rows) -> tuple[str, Rows]:
    """The answer to a request, and all rows after it. `request` and the answer are JSON with DynamoDB's types."""
    table, addresses = touched(request)
    concerned = tuple(entry for entry in rows if entry[0] in addresses or (not addresses and in_table(entry, table)))
    answer, after = emulated(operation, table, request, tuple(row for _, row in concerned))
    if after == concerned:
        return answer, rows
    untouched = [entry for entry in rows if entry not in concerned]
    return answer, tuple(sorted([*untouched, *after]))


def in_table(entry: tuple[str, str], table: str) -> bool:
    return entry[0].startswith(f"{table}/")


@lru_cache(maxsize=100_000)
def touched(request: str) -> tuple[str, frozenset[str]]:
    """The table of a request and the rows it names; none for a query."""
    asked = json.loads(request)
    if "RequestItems" in asked:
        ((table, keys),) = ((table, wanted["Keys"]) for table, wanted in asked["RequestItems"].items())
    else:
        writes = [put["Put"] for put in asked.get("TransactItems", [])] or [asked]
        table = writes[0]["TableName"]
        keys = [write[name] for write in writes for name in ("Key", "Item") if name in write]
    return table, frozenset(address(table, key) for key in keys)


@lru_cache(maxsize=200_000)
def emulated(operation: str, table: str, request: str, rows: tuple[str, ...]) -> tuple[str, Rows]:
    """What the emulator answers when its table holds just these rows, and the rows it holds then."""
    keys_of(table)
    emulator._tables[table]["items"].clear()
    for row in rows:
        emulator._put_item({"TableName": table, "Item": json.loads(row)})
    status, _, body = getattr(emulator, f"_{operation}")(json.loads(request))
    answer = json.loads(body)
    if status != 200:
        answer["Error"] = {"Code": answer.pop("__type"), "Message": answer.pop("message", "")}
    items = [item for held in emulator._tables[table]["items"].values() for item in held.values()]
    return canonical(answer), tuple(sorted((address(table, item), canonical(item)) for item in items))


class Table:
    """What the product uses of a boto3 table. `call(operation, request)` answers in JSON with DynamoDB's types."""

    def __init__(self, name: str, call: Callable[[str, str], str]):
        self.name, self.call = name, call
        self.meta = self
        self.client = self

    def batch_get_item(self, **request) -> dict:
        return self.ask("batch_get_item", request)

    def get_item(self, **request) -> dict:
        return self.ask("get_item", {"TableName": self.name, **request})

    def put_item(self, **request) -> dict:
        return self.ask("put_item", {"TableName": self.name, **request})

    def transact_write_items(self, **request) -> dict:
        return self.ask("transact_write_items", request)

    def update_item(self, **request) -> dict:
        return self.ask("update_item", {"TableName": self.name, **request})

    def delete_item(self, **request) -> dict:
        return self.ask("delete_item", {"TableName": self.name, **request})

    def query(self, **request) -> dict:
        return self.ask("query", {"TableName": self.name, **request})

    def ask(self, operation: str, request: dict) -> dict:
        model = operation_model(operation)
        request = {name: nested_copy(value) for name, value in request.items()}  # boto3 translates in place
        translator.inject_condition_expressions(request, model)
        translator.inject_attribute_value_input(request, model)
        answer = json.loads(self.call(operation, canonical(request)))
        if "Error" in answer:
            raise ClientError(answer, operation)
        translator.inject_attribute_value_output(answer, model)
        return answer


def nested_copy(value):
    if isinstance(value, dict):
        return {name: nested_copy(v) for name, v in value.items()}
    return [nested_copy(v) for v in value] if isinstance(value, list) else value


class Database:
    """A DynamoDB that remembers its rows from call to call."""

    def __init__(self, rows: Rows = ()):
        self.rows = rows
        self.jobs, self.progress, self.workers = (Table(name, self.call) for name in ("jobs", "progress", "workers"))

    def call(self, operation: str, request: str) -> str:
        answer, self.rows = answered(operation, request, self.rows)
        return answer
