"""DynamoDB and S3 in simulated time: as much of them as the dispatcher and the workers call."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from types import SimpleNamespace

from boto3.dynamodb.conditions import BuiltConditionExpression, ConditionBase
from botocore.exceptions import ClientError
from tests.simulation import figures
from tests.simulation.simulated_time import SimulatedTime

from rollcall.intake.manifests import INDEX_WIDTH


class Table:
    """A table whose partition keys are each served at the pace DynamoDB has for one."""

    def __init__(self, time: SimulatedTime, name: str, keys: tuple[str, str]):
        self.time, self.name, self.keys = time, name, keys
        self.rows: dict[tuple, dict] = {}
        self.free_at: dict[tuple, float] = {}

    def served(self, kind: str, partition: str, a_second: float, units: int = 1) -> None:
        now = self.time.now()
        begins = max(now, self.free_at.get((kind, partition), 0.0))
        self.free_at[kind, partition] = begins + units / a_second
        self.time.call(f"{kind} {self.name}", figures.DYNAMODB, begins - now)

    def key(self, row: dict) -> tuple:
        return row[self.keys[0]], row[self.keys[1]]

    def get_item(self, Key: dict, **_) -> dict:
        self.served("read", Key[self.keys[0]], figures.READS_A_SECOND)
        row = self.rows.get(self.key(Key))
        return {"Item": dict(row)} if row else {}

    def query(self, KeyConditionExpression: ConditionBase, **_) -> dict:
        partition = KeyConditionExpression.get_expression()["values"][1]
        found = [row for key, row in self.rows.items() if key[0] == partition]
        for _page in range(0, len(found) + 1, figures.ROWS_A_PAGE):
            self.served("read", partition, figures.READS_A_SECOND)
        return {"Items": found}

    @property
    def meta(self) -> SimpleNamespace:
        return SimpleNamespace(client=self)

    def transact_write_items(self, TransactItems: list[dict]) -> None:
        """Puts only. Each takes twice the writes; all conditions are looked at, as one step with the writes."""
        puts = [each["Put"] for each in TransactItems]
        for partition in sorted({put["Item"][self.keys[0]] for put in puts}):
            writes = 2 * sum(put["Item"][self.keys[0]] == partition for put in puts)
            self.served("write", partition, figures.WRITES_A_SECOND, writes)
        kept = [holds(put["ConditionExpression"], self.rows.get(self.key(put["Item"]), {})) for put in puts]
        if not all(kept):
            reasons = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in kept]
            refusal = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(refusal, "write")
        for put in puts:
            self.rows[self.key(put["Item"])] = dict(put["Item"])

    def delete_item(self, Key: dict, ConditionExpression: ConditionBase) -> None:
        self.check(Key, ConditionExpression)
        self.rows.pop(self.key(Key), None)

    def update_item(
        self,
        Key: dict,
        UpdateExpression: str,
        ExpressionAttributeNames: dict,
        ExpressionAttributeValues: dict,
        ConditionExpression: ConditionBase,
    ) -> None:
        """Only "SET #name = :value, …" is understood."""
        self.check(Key, ConditionExpression)
        row = self.rows.setdefault(self.key(Key), dict(Key))
        for setting in UpdateExpression.removeprefix("SET ").split(", "):
            name, value = setting.split(" = ")
            row[ExpressionAttributeNames[name]] = ExpressionAttributeValues[value]

    def check(self, key: dict, condition: ConditionBase) -> None:
        """Let the call's time pass; then the condition is looked at, as one step with the write."""
        self.served("write", key[self.keys[0]], figures.WRITES_A_SECOND)
        if not holds(condition, self.rows.get(self.key(key), {})):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "write")


def holds(condition: ConditionBase, row: dict) -> bool:
    """Whether a row meets a condition; an attribute it does not have meets no comparison."""
    told = condition.get_expression()
    operator, (first, *rest) = told["operator"], told["values"]
    if operator == "AND":
        return holds(first, row) and holds(rest[0], row)
    if operator == "OR":
        return holds(first, row) or holds(rest[0], row)
    if operator == "attribute_not_exists":
        return first.name not in row
    value = row.get(first.name)
    return value is not None and {"=": value == rest[0], "<": value < rest[0]}[operator]


class AsItIs:
    """Stands for ConditionExpressionBuilder: `holds` takes conditions as they are."""

    def build_expression(self, condition: ConditionBase) -> BuiltConditionExpression:
        return BuiltConditionExpression(condition, {}, {})


class S3:
    """Every object there could be. The chunk index has chunks of one size; nothing is kept."""

    def __init__(self, time: SimulatedTime, items_a_chunk: int):
        self.time, self.items_a_chunk = time, items_a_chunk

    def get_object(self, Range: str = "bytes=0-0", **_) -> dict:
        self.time.call("S3 get", figures.S3_GET)
        first, last = Range.removeprefix("bytes=").split("-")
        return {"Body": Index((int(last) - int(first) + 1) // INDEX_WIDTH, self.items_a_chunk)}

    def put_object(self, **_) -> None:
        self.time.call("S3 put", figures.S3_PUT)


@dataclass(frozen=True)
class Index:
    """A stretch of the chunk index, as the body of an answer."""

    chunks: int
    items: int

    def iter_lines(self, chunk_size: int) -> Iterator[bytes]:
        return repeat(b"[0,1000,%d]" % self.items, self.chunks)
