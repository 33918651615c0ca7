"""Where items come from: JSON Lines, CSV or JSON, in a local file, in S3, or inline.

A source yields (position, record) pairs as it reads, so memory does not grow with the input.
A record that cannot be read comes as a Problem in its place, and reading goes on.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import ijson
import smart_open

from rollcall.errors import InputRefused

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

NOT_READABLE = {"NoSuchKey", "NoSuchBucket", "AccessDenied", "404", "403"}
NOT_THERE = "name an object that exists, in this environment's bucket or one of its input_buckets"
ENCRYPTED = "it is encrypted with a KMS key: name that key in input_keys of this environment's tfvars, and apply"


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


decode = json.JSONDecoder(parse_constant=refuse_constant).decode
JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a record, and the cure."""

    message: str


Record = tuple[str, "dict | Problem"]


@dataclass(frozen=True)
class InlineSource:
    """Items given in the request itself: a list, or {"requests": [...], "length": n}."""

    content: list | dict
    name: str = "items"

    def records(self) -> Iterator[Record]:
        if isinstance(self.content, list):
            yield from numbered(self.content)
        else:
            requests = self.content.get("requests")
            yield from numbered(requests if isinstance(requests, list) else [])
            yield from check_requests(requests if isinstance(requests, list) else None, self.content.get("length"))


@dataclass(frozen=True)
class FileSource:
    """A local path or s3:// URI; the ending names the format, .gz may follow it."""

    uri: str
    s3: "S3Client | None" = None

    @property
    def name(self) -> str:
        return self.uri

    def open(self) -> BinaryIO:
        parameters = {"client": self.s3} if self.uri.startswith("s3://") else None
        try:
            return smart_open.open(self.uri, "rb", transport_params=parameters)
        except OSError as error:
            told = error.backend_error.response["Error"] if hasattr(error, "backend_error") else {"Code": ""}
            if told["Code"] not in NOT_READABLE:
                raise
            cure = ENCRYPTED if "kms:Decrypt" in told.get("Message", "") else NOT_THERE
            raise InputRefused([f"{self.uri}: cannot be read ({told['Code']}); {cure}"]) from error

    def records(self) -> Iterator[Record]:
        suffix = PurePosixPath(self.uri.removesuffix(".gz")).suffix.lower()
        if suffix not in READERS:
            endings = ", ".join(READERS)
            cure = f"let it end in {endings} (or one of these with .gz)"
            raise InputRefused([f"{self.uri}: cannot tell the format from the name; {cure}"])
        with self.open() as stream:
            yield from READERS[suffix](stream)


def numbered(records: list) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        yield f"item {number}", as_object(record)


def as_object(record: object) -> "dict | Problem":
    if isinstance(record, dict):
        return record
    return Problem(f"a {type(record).__name__} where an item belongs; write each item as one JSON object")


def read_json_lines(stream: BinaryIO) -> Iterator[Record]:
    for number, line in enumerate(stream, 1):
        if line.isspace():
            continue
        try:
            yield f"line {number}", as_object(decode(line.decode("utf-8-sig")))
        except (ValueError, RecursionError) as error:
            yield (
                f"line {number}",
                Problem(f"not valid JSON ({error}); write each item as one JSON object on a line of its own"),
            )


def read_csv(stream: BinaryIO) -> Iterator[Record]:
    """Cells that read as JSON numbers become numbers (but id and data_type); empty cells are left out."""
    rows = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""), strict=True)
    try:
        header = next(rows, [])
        if twice := sorted({name for name in header if header.count(name) > 1}):
            yield "line 1", Problem(f"column {twice[0]!r} stands twice in the header; name each column once")
            return
        for cells in rows:
            if len(cells) == len(header):
                yield f"line {rows.line_num}", dict(named_cells(header, cells))
            elif cells:
                yield (
                    f"line {rows.line_num}",
                    Problem(f"{len(cells)} cells where the header has {len(header)}; quote cells that hold commas"),
                )
    except (csv.Error, UnicodeDecodeError) as error:
        yield (
            f"line {rows.line_num + 1}",
            Problem(f"not valid CSV in UTF-8 ({error}); nothing after this line was read"),
        )


def named_cells(header: list[str], cells: list[str]) -> Iterator[tuple[str, object]]:
    for name, cell in zip(header, cells, strict=True):
        if not cell:
            continue
        number = None if name in TEXT_COLUMNS else JSON_NUMBER.fullmatch(cell)
        if number is None:
            yield name, cell
        else:
            yield name, float(cell) if number[1] or number[2] else int(cell)


TEXT_COLUMNS = {"id", "data_type", "caseId", "dataType"}


def read_json(stream: BinaryIO) -> Iterator[Record]:
    """An array of items, or {"requestId": …, "requests": [items], "length": n}; `length` is checked."""
    number, depth, length, requests, top, item = 0, 0, None, False, None, None
    try:
        for prefix, event, value in ijson.parse(stream, use_float=True):
            top = top or event
            if item is not None:
                item.event(event, value)
                depth += {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}.get(event, 0)
                if depth == 0:
                    yield f"item {number}", as_object(item.value)
                    item = None
            elif prefix in ("item", "requests.item") and event not in ("end_array", "end_map"):
                number += 1
                if event in ("start_map", "start_array"):
                    item, depth = ijson.ObjectBuilder(), 1
                    item.event(event, value)
                else:
                    yield f"item {number}", as_object(value)
            elif prefix == "requests" and event == "start_array":
                requests = True
            elif prefix == "length":
                length = value
    except (ijson.JSONError, UnicodeDecodeError) as error:
        yield f"after item {number}", Problem(f"not valid JSON ({error}); nothing after this place was read")
        return
    if top != "start_array":
        yield from check_requests([None] * number if requests else None, length)


def check_requests(requests: list | None, length: object) -> Iterator[Record]:
    """What is wrong with a {"requests", "length"} envelope; its length is checked, never trusted."""
    if requests is None:
        yield (
            "top level",
            Problem('neither an array of items nor an object with "requests": [items]; write one of these'),
        )
    elif length is not None and length != len(requests):
        yield "length", Problem(f'"length" says {length} where "requests" holds {len(requests)}; correct or remove it')


READERS = {".jsonl": read_json_lines, ".ndjson": read_json_lines, ".csv": read_csv, ".json": read_json}
