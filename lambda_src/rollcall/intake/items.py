"""Items: read from a source, checked, each with an id and a data type of its own."""

from array import array
from collections import Counter
from collections.abc import Iterator

from rollcall.errors import InputRefused
from rollcall.intake.contracts import NONE, Contracts
from rollcall.intake.fields import ID_CURE, Fields
from rollcall.intake.problems import Notice, Problem, Tally, in_words
from rollcall.intake.sources import Source


def read_items(source: Source, notices: Tally | None = None, contracts: Contracts = NONE) -> Iterator[dict]:
    """Yield the items of a source as it is read: dicts with `id`, `data_type` and their own fields.

    Those of a data type with a contract fit it. What was guessed or rounded is added to `notices`. Raises InputRefused
    with the problems of up to 20 kinds (place and cure of the first of each, and how many there are), at the latest
    after the last item: a caller must not act on items before the iteration has ended.
    Duplicate ids are found exactly for any number of items; memory for it is 8 bytes an item.
    """
    problems, told = Tally(), Tally() if notices is None else notices
    ids = IdHashes()
    for part in source.parts:
        fields = Fields(part.reading, contracts)
        for position, record in part.records(fields):
            if type(record) is dict:
                problem = fields.fit(record) or (contracts and contracts.check(record))
                if not problem:
                    ids.add(record["id"])
                    yield record
                else:
                    problems.add(part.name, position, problem)
                if fields.notices:
                    tell(fields, told, part.name)
            elif isinstance(record, Notice):
                told.add(part.name, position, record)
            elif isinstance(record, Problem):
                problems.add(part.name, position, record)
            if problems.full:
                raise InputRefused(problems.sentences())
    if repeated := ids.repeated():
        add_duplicates(source, repeated, problems, contracts)
    if problems:
        raise InputRefused(problems.sentences())


def tell(fields: Fields, told: Tally, name: str) -> None:
    """Guesses hold for a whole file: they are told without a line, and not counted."""
    for notice in fields.notices:
        if (name, notice.text) not in told.groups:
            told.add(name, "", notice)
    fields.notices.clear()


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


def add_duplicates(source: Source, repeated: set[int], problems: Tally, contracts: Contracts) -> None:
    """Name the ids that really stand twice, by reading the source once more."""
    first: dict[str, tuple[str, str]] = {}
    for part in source.parts:
        fields = Fields(part.reading, contracts)
        for position, record in part.records(fields):
            if type(record) is not dict or fields.fit(record) or hash(record["id"]) not in repeated:
                continue
            place = part.name, in_words(position)
            identifier = record["id"]
            if (there := first.setdefault(identifier, place)) is not place:
                where = there[1] if there[0] == part.name else " ".join(there)
                problems.add(*place, Problem(f"id {identifier!r} stands already at {where}", ID_CURE, "id twice"))
