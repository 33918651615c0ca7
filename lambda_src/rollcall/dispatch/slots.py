"""Slots: the places a route has for workers, each a lease in DynamoDB.

Whoever starts a worker reserves a slot for it first, so a route never has more workers than its
max_concurrency, whatever jobs share it and whoever starts them. A worker renews its lease while it
lives; the slot of one that died is free again when its lease is over.
"""

import random
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, chain, compress
from typing import TYPE_CHECKING, cast

from boto3.dynamodb.conditions import Attr, ConditionBase, ConditionExpressionBuilder, Key
from botocore.exceptions import ClientError

from rollcall.dispatch import queues
from rollcall.events import WorkerRequested
from rollcall.paging import query_all
from rollcall.ranges import batches
from rollcall.records.conditional_writes import taken
from rollcall.records.jobs import now
from rollcall.records.rows import SlotRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef
    from mypy_boto3_events.client import EventBridgeClient

LEASE_SECONDS = 30
HEARTBEAT_SECONDS = 10
# How long a start may take before its slot counts as free: what waits longer has been told of as failed by then.
START_SECONDS = {"lambda": 330, "fargate": 900, "batch": 3600}
# What a slot is reserved for at first: a starter that dies before it has asked for the worker blocks it no longer.
RESERVED_SECONDS = min(START_SECONDS.values())
STARTERS = 16
# DynamoDB bills a write for each KB of its row, and a receipt handle of SQS has some 400 characters.
WRITE_UNIT_BYTES = 1024
# What a slot's row takes besides jobs and handles: names of attributes, a long data type, a task's ARN.
OTHER_BYTES = 400
# Slots that share a partition key, which takes 1,000 writes a second: ten thousand heartbeats would be too many.
SHARD_SIZE = 100


@dataclass(frozen=True)
class Slots:
    """The workers table, an EventBridge client and its bus; `clock` gives epoch seconds."""

    table: "Table"
    events: "EventBridgeClient"
    bus: str
    clock: Callable[[], float] = time.time

    def live(self, route: str, max_concurrency: int) -> dict[int, SlotRow]:
        """The rows of the slots in use or reserved, by slot."""
        shards = [shard_key(route, slot) for slot in range(0, max_concurrency, SHARD_SIZE)]
        with ThreadPoolExecutor(STARTERS) as pool:
            rows = list(chain(*pool.map(self.rows, shards)))
        return {int(row["slot"]): row for row in rows if int(row["expires_at"]) >= int(self.clock())}

    def rows(self, shard: str) -> list[SlotRow]:
        rows = query_all(self.table, KeyConditionExpression=Key("route").eq(shard), ConsistentRead=True)
        return [cast(SlotRow, row) for row in rows]

    def start_workers(self, route: str, target: str, max_concurrency: int, wanted: int, attempt: int = 1) -> int:
        """Start up to `wanted` workers in free slots of a route; how many were started.

        Any free slots will do: of many jobs that are handed out at once, each would else reach for the same ones.
        """
        live = self.live(route, max_concurrency) if wanted else {}
        free = [slot for slot in range(max_concurrency) if slot not in live]
        chosen = random.sample(free, min(wanted, len(free)))
        requests = [WorkerRequested(route, slot, uuid.uuid4().hex, attempt) for slot in chosen]
        with ThreadPoolExecutor(STARTERS) as pool:
            started = list(chain(*pool.map(lambda some: self.start(some, target), batches(requests, queues.BATCH))))
            if START_SECONDS[target] > RESERVED_SECONDS:
                list(pool.map(lambda request: self.expect(request, target), started))
        return len(started)

    def start(self, requests: list[WorkerRequested], target: str) -> list[WorkerRequested]:
        """Reserve the slots of at most ten workers and ask for those that were still free; these."""
        reserved = self.reserve(requests, target, self.is_free())
        if reserved:
            try:
                queues.put(self.events, self.bus, reserved)
            except Exception:
                for request in reserved:
                    self.release(request)
                raise
        return reserved

    def expect(self, request: WorkerRequested, target: str) -> None:
        """Keep the slot of a worker that has been asked for until it comes, as long as that may take."""
        until = {"expires_at": int(self.clock()) + START_SECONDS[target]}
        self.change(request, until, Attr("worker").eq(request.worker) & Attr("phase").eq("starting"))

    def is_free(self) -> ConditionBase:
        return Attr("worker").not_exists() | Attr("expires_at").lt(int(self.clock()))

    def reserve(self, requests: list[WorkerRequested], target: str, where: ConditionBase) -> list[WorkerRequested]:
        """Reserve the slots of at most a hundred workers as far as each meets the condition; the workers who got one.

        They are written together, for one answer: the first of a thousand workers starts ten times as soon.
        """
        while requests:
            puts = [self.reservation(request, target, where) for request in requests]
            try:
                self.table.meta.client.transact_write_items(TransactItems=puts)
                return requests
            except ClientError as error:
                requests = list(compress(requests, may_be_free(error)))
        return []

    def reservation(self, request: WorkerRequested, target: str, where: ConditionBase) -> "TransactWriteItemTypeDef":
        """Part of a transaction; the SDK repeats one whose answer it has not seen."""
        built = ConditionExpressionBuilder().build_expression(where | Attr("worker").eq(request.worker))
        row = {
            **key(request),
            "worker": request.worker,
            "phase": "starting",
            "attempt": request.attempt,
            "target": target,
            "expires_at": int(self.clock()) + RESERVED_SECONDS,
        }
        return {
            "Put": {
                "TableName": self.table.name,
                "Item": row,
                "ConditionExpression": built.condition_expression,
                "ExpressionAttributeNames": built.attribute_name_placeholders,
                "ExpressionAttributeValues": built.attribute_value_placeholders,
            }
        }

    def claim(self, request: WorkerRequested, task: str) -> bool:
        """Take the slot a worker was started for; False when another has it: then there is no work to do.

        A start that is delivered twice is taken once: its reservation is gone after the first.
        """
        mine = Attr("worker").eq(request.worker) & Attr("phase").eq("starting")
        values = {
            "worker": request.worker,
            "phase": "working",
            "attempt": request.attempt,
            "task": task,
            "since": now(),
            "expires_at": int(self.clock()) + LEASE_SECONDS,
        }
        return self.change(request, values, mine | self.is_free())

    def renew(self, request: WorkerRequested, jobs: list[str], handles: list[str]) -> bool:
        """Prolong the lease and say what is in hand; False when the slot has been given to another.

        Of the receipt handles, given oldest first, only so many of the newest are kept as one write unit has room
        for: that of a long chunk, which its worker has alone. Those left out come back by themselves.
        """
        values = {"expires_at": int(self.clock()) + LEASE_SECONDS, "jobs": jobs, "handles": fitting(handles, jobs)}
        return self.change(request, values, Attr("worker").eq(request.worker))

    def change(self, request: WorkerRequested, values: dict, where: ConditionBase) -> bool:
        names = {f"#{i}": name for i, name in enumerate(values)}
        return taken(
            lambda: self.table.update_item(
                Key=key(request),
                UpdateExpression="SET " + ", ".join(f"#{i} = :{i}" for i in range(len(values))),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={f":{i}": value for i, value in enumerate(values.values())},
                ConditionExpression=where,
            )
        )

    def row(self, request: WorkerRequested) -> SlotRow | None:
        """The slot's row if it is still this worker's; phase "working" tells that the worker came to work."""
        row = cast(SlotRow | None, self.table.get_item(Key=key(request), ConsistentRead=True).get("Item"))
        return row if row and row["worker"] == request.worker else None

    def release(self, request: WorkerRequested) -> bool:
        """Give the slot up; False when it was another's already."""
        mine = Attr("worker").eq(request.worker)
        return taken(lambda: self.table.delete_item(Key=key(request), ConditionExpression=mine))

    def never_worked(self, request: WorkerRequested) -> None:
        """Say of a slot in hand that its worker could not work, so that its end counts as a failed start."""
        self.change(request, {"phase": "starting"}, Attr("worker").eq(request.worker))

    def pass_on(self, request: WorkerRequested, target: str) -> None:
        """Hand the slot to a successor, started by one more event."""
        successor = WorkerRequested(request.data_type, request.slot, uuid.uuid4().hex, 1)
        if self.reserve([successor], target, Attr("worker").eq(request.worker)):
            queues.put(self.events, self.bus, [successor])
            self.expect(successor, target)


def key(request: WorkerRequested) -> dict:
    return {"route": shard_key(request.data_type, request.slot), "slot": request.slot}


def shard_key(route: str, slot: int) -> str:
    return f"{route}/{slot // SHARD_SIZE}"


def fitting(handles: list[str], jobs: list[str]) -> list[str]:
    """The newest handles, as many as a slot's row has room for beside the jobs in hand."""
    room = WRITE_UNIT_BYTES - OTHER_BYTES - sum(len(job) + 1 for job in jobs)
    newest = handles[::-1]
    ends = accumulate(len(handle) + 1 for handle in newest)
    return [handle for handle, end in zip(newest, ends, strict=True) if end <= room]


def may_be_free(error: ClientError) -> list[bool]:
    """Of each write of a transaction that was refused because of some slots, whether it is worth to be tried again.

    So is one that met another write of its row. Raises any error that is not about slots.
    """
    reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
    if not reasons or set(reasons) - {"None", "TransactionConflict", "ConditionalCheckFailed"}:
        raise error
    return [reason != "ConditionalCheckFailed" for reason in reasons]
