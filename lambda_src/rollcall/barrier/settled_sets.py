"""Settled chunks as number sets in DynamoDB, sharded: adding a number twice changes nothing."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from boto3.dynamodb.conditions import Attr, ConditionBase
from botocore.exceptions import ClientError

from rollcall.records.jobs import expires_at, now
from rollcall.records.plans import Part, Plan
from rollcall.records.rows import ProgressRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesOutputTypeDef, KeysAndAttributesTypeDef

    KeysAndAttributes = KeysAndAttributesTypeDef | KeysAndAttributesOutputTypeDef

KEYS_AT_ONCE = 100
# Each is three operators of a condition, and DynamoDB takes 300 of them, and 4 KB.
FAILING_AT_ONCE = 50


def shard_key(plan: Plan, shard: int) -> str:
    return f"{plan.job_id}/{plan.run}/{shard:06d}"


def full_shards_key(plan: Plan) -> str:
    return f"{plan.job_id}/{plan.run}"


@dataclass(frozen=True)
class Added:
    """A set after something was added: its members, its total of failures, and which numbers it held before."""

    members: frozenset[int]
    failed: int
    known: frozenset[int]


def add_once(progress: "Table", name: str, failed_by_member: dict[int, int]) -> Added:
    """Add numbers to a set and their failure counts to its total, each number at most once.

    One write, unless more than fifty of the numbers come with failures: then one for each fifty.
    """
    added = [add_portion(progress, name, some) for some in portions(failed_by_member)]
    return Added(added[-1].members, added[-1].failed, frozenset().union(*(each.known for each in added)))


def portions(failed_by_member: dict[int, int]) -> Iterator[dict[int, int]]:
    """All numbers, those with failures by fifties; those without go with the first of them."""
    failing = [member for member, failed in failed_by_member.items() if failed]
    for start in range(0, max(1, len(failing)), FAILING_AT_ONCE):
        without = {} if start else {member: 0 for member, failed in failed_by_member.items() if not failed}
        yield without | {member: failed_by_member[member] for member in failing[start : start + FAILING_AT_ONCE]}


def add_portion(progress: "Table", name: str, failed_by_member: dict[int, int]) -> Added:
    """Add at most fifty numbers with failures, and any without, in one write.

    A number without failures needs no condition (adding it twice changes nothing); one with
    failures is counted only while it is not yet in the set.
    """
    given = frozenset(failed_by_member)
    while True:
        failed = sum(failed_by_member.values())
        try:
            answer = progress.update_item(
                Key={"shard": name},
                UpdateExpression="ADD members :members, failed :failed "
                "SET expires_at = :expires, last_at = :now, first_at = if_not_exists(first_at, :now)",
                ExpressionAttributeValues={
                    ":members": set(given),
                    ":failed": failed,
                    ":expires": expires_at(),
                    ":now": now(),
                },
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **none_counted_yet([member for member, failed in failed_by_member.items() if failed]),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            refused: dict[str, Any] = {**error.response}
            counted = {int(member) for member in refused["Item"]["members"]["NS"]}
            failed_by_member = {m: 0 if m in counted else failed for m, failed in failed_by_member.items()}
        else:
            before = cast(ProgressRow, answer.get("Attributes", {}))
            held = frozenset(map(int, before.get("members", ())))
            return Added(held | given, int(before.get("failed", 0)) + failed, held & given)


def none_counted_yet(members: list[int]) -> dict:
    condition: ConditionBase | None = None
    for member in members:
        new = ~Attr("members").contains(member)
        condition = new if condition is None else condition & new
    return {"ConditionExpression": condition} if condition else {}


def count_repeats(progress: "Table", plan: Plan, duplicates: int, repeats: int) -> None:
    """Count settlements seen again, and chunks handed out more than once; a crash may leave some uncounted."""
    if duplicates or repeats:
        progress.update_item(
            Key={"shard": f"{full_shards_key(plan)}/repeats"},
            UpdateExpression="ADD duplicates :duplicates, repeats :repeats SET expires_at = :expires",
            ExpressionAttributeValues={
                ":duplicates": duplicates,
                ":repeats": repeats,
                ":expires": expires_at(),
            },
        )


@dataclass(frozen=True)
class SettledSets:
    """What of a run has settled. Times are ISO 8601, empty where nothing has; `failed` counts items.

    `members` are the settled chunks of each shard, `rows` the rest of its row.
    """

    plan: Plan
    members: dict[int, Collection[int]]
    rows: dict[str, ProgressRow]

    def settled(self, part: Part) -> int:
        """How many chunks of a part have settled."""
        return sum(len(self.members[shard]) for shard in part.shards)

    def missing(self, part: Part) -> list[int]:
        """The chunks of a part that have not settled, ascending."""
        return [c for shard in part.shards for c in self.plan.chunks_of_shard(shard) if c not in self.members[shard]]

    def last_at(self, part: Part) -> str:
        return max((self.row(shard).get("last_at", "") for shard in part.shards), default="")

    def row(self, shard: int) -> ProgressRow:
        return self.rows.get(shard_key(self.plan, shard), {})

    @property
    def first(self) -> str:
        return min((row["first_at"] for row in self.shard_rows()), default="")

    @property
    def last(self) -> str:
        return max((row["last_at"] for row in self.shard_rows()), default="")

    def shard_rows(self) -> Iterator[ProgressRow]:
        return (row for row in map(self.row, range(self.plan.shards)) if row)

    @property
    def chunks(self) -> int:
        return sum(map(len, self.members.values()))

    @property
    def complete(self) -> bool:
        return self.chunks == self.plan.chunks

    @property
    def failed(self) -> int:
        return sum(int(row["failed"]) for row in self.shard_rows())

    @property
    def duplicates(self) -> int:
        return int(self.repeats_row.get("duplicates", 0))

    @property
    def repeats(self) -> int:
        return int(self.repeats_row.get("repeats", 0))

    @property
    def repeats_row(self) -> ProgressRow:
        return self.rows.get(f"{full_shards_key(self.plan)}/repeats", {})

    @property
    def digest(self) -> str:
        """SHA-256 over the settled chunk numbers, ascending, a line each."""
        return digest(number for _, members in sorted(self.members.items()) for number in sorted(members))


def digest(numbers: Iterable[int]) -> str:
    """Of numbers in ascending order."""
    found = hashlib.sha256()
    for number in numbers:
        found.update(f"{number}\n".encode())
    return found.hexdigest()


def read_sets(progress: "Table", plan: Plan) -> SettledSets:
    """Everything settled of a run, read consistently; at most 100 rows a call."""
    names = {shard_key(plan, shard): shard for shard in range(plan.shards)}
    members: dict[int, Collection[int]] = dict.fromkeys(range(plan.shards), frozenset())
    rows = {}
    for name, row in each_row(progress, [*names, f"{full_shards_key(plan)}/repeats"]):
        if name in names:
            members[names[name]] = in_short(row.pop("members", ()), plan.chunks_of_shard(names[name]))
        rows[name] = row
    return SettledSets(plan, members, rows)


def in_short(settled: Collection, chunks: range) -> Collection[int]:
    """The settled chunks of a shard; those of a full one, as nearly all are at last, take no memory each."""
    return chunks if len(settled) == len(chunks) else frozenset(map(int, settled))


def read_rows(progress: "Table", names: list[str]) -> dict[str, ProgressRow]:
    return dict(each_row(progress, names))


def each_row(progress: "Table", names: list[str]) -> Iterator[tuple[str, ProgressRow]]:
    """The rows there are, with their names, read a hundred at a time."""
    client = progress.meta.client
    for start in range(0, len(names), KEYS_AT_ONCE):
        keys = [{"shard": name} for name in names[start : start + KEYS_AT_ONCE]]
        wanted: Mapping[str, KeysAndAttributes] = {progress.name: {"Keys": keys, "ConsistentRead": True}}
        while wanted:
            answer = client.batch_get_item(RequestItems=wanted)
            for row in answer["Responses"][progress.name]:
                yield str(row["shard"]), cast(ProgressRow, row)
            wanted = answer.get("UnprocessedKeys", {})
