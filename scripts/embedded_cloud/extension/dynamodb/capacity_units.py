"""DynamoDB: counts the request units that on-demand tables bill.

AWS, "DynamoDB on-demand capacity mode": a write takes one unit for each KB of the larger of the item before and after,
a write of an index the same, a refused condition as much as the item that is there; a read takes half a unit for each
4 KB, twice that when consistent; a transaction takes twice. Reads are measured by what they return, so a query that
filters is counted too low.
"""

import json
import math
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb

from embedded_cloud.extension.metering.calls import count
from embedded_cloud.extension.replacing import around

WRITE, READ = "dynamodb:WriteUnit", "dynamodb:ReadUnit"
READ_BYTES = 4096


@around(dynamodb, "_add_consumed_capacity")
def count_capacity(add: Callable, result: dict, request: dict, table: str, write: bool = False, **options: Any) -> None:
    if write:
        own: dict = {}
        add(own, {"ReturnConsumedCapacity": "TOTAL"}, table, write=True, **options)
        count(WRITE, own["ConsumedCapacity"]["CapacityUnits"])
    else:
        count_read(result.get("Items") or [result.get("Item") or {}], request.get("ConsistentRead", False))
    add(result, request, table, write=write, **options)


@around(dynamodb, "_conditional_check_failed")
def count_refused(refuse: Callable, request: dict, existing: dict | None, *rest: Any) -> tuple:
    count(WRITE, dynamodb._capacity_kb(dynamodb._item_size_bytes(existing or {})))
    return refuse(request, existing, *rest)


@around(dynamodb, "_accumulate_write_capacity")
def count_of_batch(accumulate: Callable, total: dict, *items: Any) -> None:
    own: dict = {"table": 0.0, "gsi": {}, "lsi": {}}
    accumulate(own, *items)
    count(WRITE, own["table"] + sum(own["gsi"].values()) + sum(own["lsi"].values()))
    accumulate(total, *items)


@around(dynamodb, "_batch_get_item")
def count_batch_get(get: Callable, request: dict) -> tuple:
    status, headers, body = get(request)
    found = json.loads(body).get("Responses", {}) if status == 200 else {}
    for table, items in found.items():
        asked = request["RequestItems"][table]
        missing: list[dict] = [{}] * (len(asked["Keys"]) - len(items))
        for item in items + missing:
            count_read([item], asked.get("ConsistentRead", False))
    return status, headers, body


@around(dynamodb, "_transact_write_items")
def count_transaction(write: Callable, request: dict) -> tuple:
    """Whether it succeeds or is cancelled, two units for each item; larger items and indexes are not looked at."""
    count(WRITE, 2 * len(request.get("TransactItems", [])))
    return write(request)


def count_read(items: list[dict], consistent: bool) -> None:
    pages = max(1, math.ceil(sum(map(dynamodb._item_size_bytes, items)) / READ_BYTES))
    count(READ, pages if consistent else pages / 2)
