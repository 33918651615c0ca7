"""Items: read from a source, checked, each with an id and a data type of its own."""

from array import array
from collections import Counter
from collections.abc import Iterator

from rollcall.errors import InputRefused
from rollcall.intake.sources import FileSource, InlineSource, Problem

MAX_PROBLEMS = 20
MAX_ID_LENGTH = 256
ID_CURE = f"give every item an id of its own, up to {MAX_ID_LENGTH} characters"
ALIASES = {"caseId": "id", "dataType": "data_type"}


def read_items(source: FileSource | InlineSource) -> Iterator[dict]:
    """Yield the items of a source as it is read: dicts with `id`, `data_type` and their own fields.

    Raises InputRefused with up to 20 problems (place and cure each), at the latest after the last
    item: a caller must not act on items before the iteration has ended.
    Duplicate ids are found exactly for any number of items; memory for it is 8 bytes an item.
    """
    problems: list[str] = []
    ids = IdHashes()
    for position, record in source.records():
        if isinstance(record, Problem):
            problem: str | None = record.message
        elif not (problem := normalise(record)):
            ids.add(record["id"])
            yield record
        if problem:
            problems.append(f"{source.name} {position}: {problem}")
            if len(problems) == MAX_PROBLEMS:
                break
    if repeated := ids.repeated():
        problems.extend(duplicates(source, repeated, MAX_PROBLEMS - len(problems)))
    if problems:
        raise InputRefused(problems)


def normalise(record: dict) -> str | None:
    """Bring a record into an item's shape in place; the problem if that cannot be."""
    for alias, name in ALIASES.items():
        if alias in record and name not in record:
            record[name] = record.pop(alias)
    identifier = record.get("id")
    if type(identifier) is int:
        identifier = record["id"] = str(identifier)
    if not isinstance(identifier, str) or not identifier or len(identifier) > MAX_ID_LENGTH:
        return f'no usable "id" (got {identifier!r:.60}); {ID_CURE}'
    data_type = record.get("data_type")
    if not isinstance(data_type, str) or not data_type:
        return (
            f'item {identifier!r} has no usable "data_type" (got {data_type!r:.60}); name the data type that routes it'
        )
    return None


class IdHashes:
    """The 64-bit hashes of all ids, in 256 arrays so that one can be searched at a time."""

    def __init__(self) -> None:
        self.buckets = [array("q") for _ in range(256)]

    def add(self, identifier: str) -> None:
        hashed = hash(identifier)
        self.buckets[hashed & 255].append(hashed)

    def repeated(self) -> set[int]:
        """Hashes that occur more than once: the ids of a duplicate, rarely two ids by chance."""
        found: set[int] = set()
        for bucket in self.buckets:
            if len(set(bucket)) < len(bucket):
                found.update(hashed for hashed, times in Counter(bucket).items() if times > 1)
        return found


def duplicates(source: FileSource | InlineSource, repeated: set[int], most: int) -> list[str]:
    """Name the ids that really stand twice, by reading the source once more."""
    first: dict[str, str] = {}
    found: list[str] = []
    for position, record in source.records():
        if len(found) >= most:
            break
        if isinstance(record, Problem) or normalise(record) or hash(record["id"]) not in repeated:
            continue
        identifier = record["id"]
        if identifier in first:
            found.append(
                f"{source.name} {position}: id {identifier!r} stands already at {first[identifier]}; {ID_CURE}"
            )
        else:
            first[identifier] = position
    return found
