"""DynamoDB's permissions: of each table, index and item that a call names.

AWS, "Using IAM policy conditions for fine-grained access control": dynamodb:LeadingKeys holds the partition keys of
all items a call names; a transaction needs, for each item, the permission of the single call.
"""

import json
import re
from collections.abc import Iterator, Mapping

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb

from embedded_cloud.extension.iam.deciding import Check

OF_ITEM = {
    "ConditionCheck": "ConditionCheckItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
}
SELECTING = ("BatchGetItem", "GetItem", "Query", "Scan")
NAMING = ("ProjectionExpression", "AttributesToGet", "ExpressionAttributeNames", "Select")
EQUALITY = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")


def table_checks(action: str, request: dict) -> Iterator[Check]:
    name = action.partition(":")[2]
    if name in ("TransactWriteItems", "TransactGetItems"):
        for entry in request.get("TransactItems", []):
            for kind, item in entry.items():
                enclosing = {} if kind == "ConditionCheck" else {"dynamodb:EnclosingOperation": [name]}
                yield _check(OF_ITEM[kind], item, [item], enclosing)
    elif name in ("BatchGetItem", "BatchWriteItem"):
        for table, entries in request.get("RequestItems", {}).items():
            one = {"TableName": table}
            yield _check(name, {**request, **one}, _items(entries), {})
    else:
        yield _check(name, request, [request], {})


def _items(entries: dict | list) -> list[dict]:
    """Of a batch: the keys it gets, or the keys and items it writes."""
    if isinstance(entries, dict):
        return [{"Key": key} for key in entries.get("Keys", [])]
    return [write for entry in entries for write in entry.values()]


def _arn(request: dict) -> str:
    table, index = request.get("TableName", "*"), request.get("IndexName")
    start = table if table.startswith("arn:") else f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{table}"
    return f"{start}/index/{index}" if index else start


def _check(name: str, request: dict, items: list[dict], enclosing: Mapping[str, object]) -> Check:
    known = {
        "dynamodb:LeadingKeys": [value for item in items for value in _leading(request, item)],
        "dynamodb:ReturnValues": request.get("ReturnValues"),
        "dynamodb:ReturnConsumedCapacity": request.get("ReturnConsumedCapacity"),
        **_named_attributes(request),
        **enclosing,
    }
    if name not in SELECTING:
        del known["dynamodb:Select"]
    return Check(f"dynamodb:{name}", _arn(request), {key.lower(): value for key, value in known.items() if value})


def _named_attributes(request: dict) -> dict[str, object]:
    """Read by the emulator off a request's text, which without its items is short."""
    naming = {name: request[name] for name in NAMING if name in request}
    return iam_actions.dynamodb_service_context(json.dumps(naming).encode())


def _leading(request: dict, item: dict) -> Iterator[str]:
    """The partition key of one item, as text."""
    table = dynamodb._tables.get(request.get("TableName", "").rpartition("/")[2])
    if not table:
        return
    hash_key = _hash_key(table, request.get("IndexName"))
    named = item.get("Key") or item.get("Item") or _equalities(item)
    if hash_key in named:
        yield str(next(iter(named[hash_key].values())))


def _hash_key(table: dict, index: str | None) -> str:
    indexes = [*table.get("GlobalSecondaryIndexes", []), *table.get("LocalSecondaryIndexes", [])]
    schemas = [entry["KeySchema"] for entry in indexes if entry["IndexName"] == index] or [table["KeySchema"]]
    return next(key["AttributeName"] for key in schemas[0] if key["KeyType"] == "HASH")


def _equalities(query: dict) -> dict[str, dict]:
    """What a query demands of keys: attribute → value in DynamoDB's form."""
    names, values = query.get("ExpressionAttributeNames", {}), query.get("ExpressionAttributeValues", {})
    found = EQUALITY.findall(query.get("KeyConditionExpression", ""))
    return {names.get(name, name): values[value] for name, value in found if value in values}
