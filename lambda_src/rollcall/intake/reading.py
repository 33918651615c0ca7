"""How an input is to be read, where it does not tell by itself: which columns are what, and how it is written."""

import re
from dataclasses import dataclass, field, fields
from typing import Any

from rollcall.errors import InputRefused
from rollcall.intake.text import known_encoding

INVENTORY = "inventory"
FORMATS = ("jsonl", "csv", "tsv", "json", "parquet", INVENTORY)
DATA_TYPE_WAYS = {"data_type", "data_type_from", "data_type_from_key"}
NO_DELIMITER = "\"'\r\n\0"


@dataclass(frozen=True)
class Reading:
    """What a submitter says about an input; all of it may be left out.

    `id` and `data_type_from` are the names of columns (fields, in JSON), `data_type` is that of all items, `rename` is
    {name of a field: column that it is read from}. `text` and `number` are columns of a table whose cells are read as
    one of these, whatever they look like. `encoding` is a name that Python knows, `delimiter` one character.
    Of a prefix in S3, `load` says that each object is a file of items, and the group of the regular expression
    `data_type_from_key` takes the data type out of a key.
    """

    id: str = ""
    data_type: str = ""
    data_type_from: str = ""
    rename: dict[str, str] = field(default_factory=dict)
    text: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    format: str = ""
    load: bool = False
    data_type_from_key: str = ""

    def __post_init__(self) -> None:
        """Raises InputRefused for what contradicts itself or is not known."""
        if found := [*self.contradictions(), *self.unknown()]:
            raise InputRefused(found)

    @property
    def sources(self) -> dict[str, str]:
        """{name of a field: column it is read from}, of all that are named."""
        named = {"id": self.id, "data_type": self.data_type_from}
        return {name: column for name, column in named.items() if column} | self.rename

    def over(self, usual: "Reading") -> "Reading":
        """This reading, with what is usual where it says nothing; raises InputRefused where they contradict."""
        said, base = self.as_json(), usual.as_json()
        renamed = base.get("rename", {}) | self.rename
        if said.keys() & DATA_TYPE_WAYS or "data_type" in self.rename:
            base = {name: value for name, value in base.items() if name not in DATA_TYPE_WAYS}
        return reading_of(base | said | {"rename": renamed})

    def contradictions(self) -> list[str]:
        found = []
        ways = (self.data_type, self.data_type_from or self.rename.get("data_type"), self.data_type_from_key)
        if sum(map(bool, ways)) > 1:
            found.append(
                "the data type is named twice; give one of --data-type, --data-type-from and --data-type-from-key"
            )
        if (self.id and "id" in self.rename) or (self.data_type_from and "data_type" in self.rename):
            found.append("--map names a field that --id-from or --data-type-from names too; leave one of them out")
        columns = [*self.sources.values()]
        if twice := sorted({column for column in columns if columns.count(column) > 1}):
            found.append(f"column {twice[0]!r} is to become two fields; name another for one of them")
        if both := sorted({*self.text} & {*self.number}):
            found.append(f"column {both[0]!r} is named in --text and in --number; leave one of them out")
        return found

    def unknown(self) -> list[str]:
        found = []
        if self.encoding and known_encoding(self.encoding) is None:
            found.append(f"there is no encoding {self.encoding!r}; name one such as utf-8, cp1252, latin-1 or utf-16")
        if self.delimiter and (len(self.delimiter) != 1 or self.delimiter in NO_DELIMITER):
            found.append(f"{self.delimiter!r} cannot separate cells; name one character, such as ';' or a tab")
        if self.data_type_from_key and not has_one_group(self.data_type_from_key):
            found.append(
                f"{self.data_type_from_key!r} is no regular expression with one group; name what takes the data type "
                "out of a key, such as 'product=([^/]+)/'"
            )
        if self.format and self.format not in FORMATS:
            found.append(f"there is no format {self.format!r}; name one of {', '.join(FORMATS)}")
        return found

    def as_json(self) -> dict:
        """Only what was said."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def reading_of(given: object) -> Reading:
    """The reading in a request; raises InputRefused when it cannot be understood."""
    given = {} if given is None else given
    known = {each.name: getattr(Reading(), each.name) for each in fields(Reading)}
    if not isinstance(given, dict) or not given.keys() <= known.keys():
        raise InputRefused([f'"reading" is {given!r:.200}; it may hold {", ".join(known)}'])
    return Reading(**{name: as_given(name, value, known[name]) for name, value in given.items()})


def has_one_group(pattern: str) -> bool:
    try:
        return re.compile(pattern).groups == 1
    except re.error:
        return False


def as_given(name: str, value: Any, like: object) -> Any:
    if isinstance(like, str | bool) and type(value) is type(like):
        return value
    if isinstance(like, tuple) and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    if isinstance(like, dict) and isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        return value
    words = {str: "text", bool: "true or false", tuple: "a list of names", dict: "an object of names"}[type(like)]
    raise InputRefused([f'"{name}" of "reading" is {value!r:.100}; give {words}'])
