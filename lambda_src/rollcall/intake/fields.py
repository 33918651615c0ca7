"""Which column or key is which field of an item: as it is named, as the submitter says, or as it can be guessed."""

import re
from collections.abc import Iterable

from rollcall.intake.contracts import NONE, Contracts
from rollcall.intake.problems import Notice, Problem, shown
from rollcall.intake.reading import Reading

MAX_ID_LENGTH = 256
ID_CURE = f"give every item an id of its own, up to {MAX_ID_LENGTH} characters"
TYPE_CURE = "name the data type that routes it"
NEEDED = {"id": ("id", "caseId"), "data_type": ("data_type", "dataType")}
OPTIONS = {"id": "--id-from COLUMN", "data_type": "--data-type-from COLUMN, or --data-type TYPE for all"}
CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
NAMED = 20
FAILURE = "rollcall_error"  # what became of an item in the job that it failed in


class Fields:
    """The names of the fields of one input's records; `notices` are what had to be guessed, until they are told.

    `contracts` say what items of a data type must be.
    """

    def __init__(self, reading: Reading, contracts: Contracts = NONE):
        self.reading, self.contracts = reading, contracts
        self.given = {column: name for name, column in reading.sources.items()}
        self.said = bool(self.given or reading.data_type)
        self.notices: list[Notice] = []

    def fit(self, record: dict) -> Problem | None:
        """Bring a record into an item's shape in place; the problem if that cannot be."""
        if record.pop(FAILURE, None):
            self.notices.append(Notice(f"field {FAILURE!r} is left out: it is how an item failed before"))
        if self.said and (problem := self.apply(record)):
            return problem
        identifier, data_type = record.get("id"), record.get("data_type")
        if (
            (type(identifier) is str and type(data_type) is str and identifier and data_type)
            and len(identifier) <= MAX_ID_LENGTH
            and identifier.isprintable()
            and data_type.isprintable()
        ):
            return None
        return self.find(record) or usable_id(record) or usable_data_type(record)

    def apply(self, record: dict) -> Problem | None:
        """Rename as the submitter says; a field that is not there is not missed here."""
        taken = {column: record.pop(column) for column in self.given if column in record}
        for column, value in taken.items():
            name = self.given[column]
            if name in record:
                return self.there_already(name)
            record[name] = value
        if self.reading.data_type and record.setdefault("data_type", self.reading.data_type) != self.reading.data_type:
            return self.there_already("data_type")
        return None

    def there_already(self, name: str) -> Problem:
        return Problem(
            f"there is a field {name!r} already",
            f"give it another name with --map other={name}, or leave the option out",
        )

    def find(self, record: dict) -> Problem | None:
        """Rename what is the id or the data type under another name."""
        for name in NEEDED:
            if name not in record and (columns := self.candidates(name, list(record))):
                if len(columns) > 1:
                    return ambiguous(name, columns)
                record[name] = record.pop(columns[0])
        return None

    def candidates(self, name: str, columns: list[str]) -> list[str]:
        """The columns that may be this field, which none is named: by its other name, else but for case and spaces."""
        exact, *other = NEEDED[name]
        if found := [column for column in columns if column in other]:
            return found
        wanted = {each.casefold() for each in NEEDED[name]}
        found = [column for column in columns if column.strip().casefold() in wanted and column not in self.given]
        if len(found) == 1:
            self.notices.append(Notice(f"column {found[0]!r} is read as {name!r}"))
        return found

    def header(self, columns: list[str]) -> tuple[list[str], list[Problem]]:
        """(the field that each column of a table becomes, what is wrong with the header)."""
        names, problems = list(columns), []
        for name, column in self.reading.sources.items():
            place = place_of(column, columns)
            if place is None:
                text = f"no column {column!r} to read {name!r} from{there_are(columns)}"
                problems.append(Problem(text, "name one that is there"))
            else:
                names[place] = name
        problems += [problem for name in NEEDED if (problem := self.settle(name, names))]
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            problems.append(Problem(f"column {twice[0]!r} stands twice in the header", "name each column once"))
        self.given, self.said = {}, bool(self.reading.data_type)  # the records have these names from here on
        return names, problems

    def columns(self, headings: list[str]) -> tuple[list[str], dict[int, str], list[Problem]]:
        """(the field that each column of a table becomes, what columns by number are declared to hold, what is wrong).

        Declared are "text" and "number".
        """
        names, problems = self.header(headings)
        kinds = {names.index(name): "text" for name in NEEDED if name in names}
        for kind, declared in (("text", self.reading.text), ("number", self.reading.number)):
            for column in declared:
                place = place_of(column, headings)
                place = place_of(column, names) if place is None else place
                if place is None:
                    problems.append(Problem(f"no column {column!r}{there_are(headings)}", f"correct --{kind}"))
                else:
                    kinds.setdefault(place, kind)
        return names, kinds, problems

    def settle(self, name: str, names: list[str]) -> Problem | None:
        """Give the column of a field that every item needs the field's name; the problem if there is none."""
        constant = name == "data_type" and self.reading.data_type
        if name in names:
            return self.there_already(name) if constant else None
        if constant or name in self.given.values():
            return None
        columns = self.candidates(name, [each for each in names if each])
        if len(columns) == 1:
            names[names.index(columns[0])] = name
            return None
        if columns:
            return ambiguous(name, columns)
        return Problem(f"no column {name!r}{there_are(names)}", f"name it: {OPTIONS[name]}")


def ambiguous(name: str, columns: list[str]) -> Problem:
    which = " and ".join(f"{column!r:.60}" for column in columns)
    return Problem(f"columns {which} could both be {name!r}", f"say which: {OPTIONS[name]}", f"ambiguous {name}")


def place_of(column: str, columns: list[str]) -> int | None:
    """Where a column stands that somebody names: exactly so, or else the only one but for case and spaces."""
    if column in columns:
        return columns.index(column)
    wanted = column.strip().casefold()
    found = [place for place, each in enumerate(columns) if each.strip().casefold() == wanted]
    return found[0] if len(found) == 1 else None


def there_are(columns: Iterable[str]) -> str:
    names = [column for column in columns if column]
    if not names:
        return ""
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"; there is {', '.join(f'{name!r:.60}' for name in names[:NAMED])}{rest}"


def usable_id(record: dict) -> Problem | None:
    identifier = record.get("id")
    if type(identifier) is int and abs(identifier) < 10**MAX_ID_LENGTH:
        identifier = record["id"] = str(identifier)
    if not isinstance(identifier, str) or not identifier or len(identifier) > MAX_ID_LENGTH:
        cure = ID_CURE if "id" in record else f"{ID_CURE}, or name its field: --id-from FIELD{there_are(record)}"
        return Problem(f'no usable "id" (got {shown(identifier)})', cure, "no id")
    if CONTROL.search(identifier):
        return Problem(f"id {identifier!r:.60} holds control characters", "leave them out", "control characters")
    return None


def usable_data_type(record: dict) -> Problem | None:
    data_type = record.get("data_type")
    named = f"item {record['id']!r:.60}"
    if not isinstance(data_type, str) or not data_type:
        cure = TYPE_CURE if "data_type" in record else f"{TYPE_CURE}: {OPTIONS['data_type']}"
        return Problem(f'{named} has no usable "data_type" (got {shown(data_type)})', cure, "no data type")
    if CONTROL.search(data_type):
        return Problem(f"{named}: data type {data_type!r:.60} holds control characters", "leave them out", "control")
    return None
