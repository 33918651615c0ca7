"""Tables: CSV and TSV with a header, in UTF-8, cells typed by rule or as they are declared."""

import csv
import io
import re
import shlex
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from rollcall.errors import InputBroken
from rollcall.intake.cells import looks_like_a_number, read_as, value_of
from rollcall.intake.fields import Fields
from rollcall.intake.limits import MAX_ITEM_BYTES, TOO_LARGE
from rollcall.intake.problems import Notice, Problem, Record
from rollcall.intake.text import not_utf8

csv.field_size_limit(MAX_ITEM_BYTES)
ESCAPED = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, as surrogateescape has them
NOT_READ_ON = "nothing after this line was read"


class Lines:
    """The lines of a text for the csv module; `bad` holds, until it is asked, what is wrong with those just read."""

    def __init__(self, stream: BinaryIO):
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
        self.lines = iter(partial(text.readline, MAX_ITEM_BYTES + 2), "")
        self.text = text
        self.characters = 0
        self.bad: Problem | None = None

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.characters += len(line)
            if self.characters > MAX_ITEM_BYTES:
                self.skip(line)
            if not line.isascii() and (found := ESCAPED.search(line)):
                byte = ord(found[0]) - 0xDC00
                place = len(line[: found.start()].encode("utf-8", "surrogateescape")) + 1
                self.bad = self.bad or not_utf8(byte, place)
            yield line

    def skip(self, line: str) -> None:
        """Pass over the rest of a line that is too long."""
        self.bad = TOO_LARGE
        while line and not line.endswith(("\n", "\r")):
            line = next(self.lines, "")

    def problem(self) -> Problem | None:
        """What is wrong with the lines read since it was last asked."""
        bad, self.bad, self.characters = self.bad, None, 0
        return bad


class Column:
    """A column of a table: how its cells are read, and where it held numbers and what only looks like them."""

    def __init__(self, heading: str, name: str, kind: str):
        self.heading, self.name, self.kind = heading, name, kind
        self.number: tuple[int, str] | None = None
        self.lookalike: tuple[int, str] | None = None

    def read(self, cell: str, line: int, declared: str) -> str | int | float | bool:
        """The value of a cell; `declared` is the kind that its item's data type says, where the submitter says none.

        Raises ValueError with what is wrong with one that is not what it is declared to be.
        """
        if kind := self.kind or declared:
            return read_as(kind, cell)
        value = value_of(cell)
        if type(value) is not str:
            self.number = self.number or (line, cell)
        elif self.lookalike is None and looks_like_a_number(cell):
            self.lookalike = line, cell
        return value

    def found(self) -> Record | None:
        """What there is to be told of the column when all of it was read."""
        if self.lookalike is None:
            return None
        line, cell = self.lookalike
        column = shlex.quote(self.heading)
        cure = f"--text {column} or --number {column}"
        if self.number is None:
            told = f"column {self.heading!r} is read as text: {cell!r:.60} is no number's shortest form; see {cure}"
            return line, Notice(told, f"text {self.name}")
        text = (
            f"column {self.heading!r} holds {cell!r:.60}, which only looks like a number, "
            f"and in line {self.number[0]:,} the number {self.number[1]}"
        )
        return line, Problem(text, f"say what the column holds: {cure}")


def read_table(stream: BinaryIO, fields: Fields, delimiter: str) -> Iterator[Record]:
    """Empty cells are left out, and columns and rows that are wholly empty."""
    lines = Lines(stream)
    rows = csv.reader(lines, delimiter=fields.reading.delimiter or delimiter, strict=True)
    last = 0
    try:
        columns: list[Column] = []
        typed_by: int | None = None
        for cells in rows:
            line, last = last + 1, rows.line_num
            if problem := lines.problem():
                yield line, problem
                if not columns:
                    return
            elif not columns and any(cells):
                columns, found = columns_of(cells, fields)
                yield from ((line, each) for each in found)
                if not columns:
                    return
                typed_by = next((place for place, column in enumerate(columns) if column.name == "data_type"), None)
            elif record := item_of(cells, columns, line, kinds_of(cells, typed_by, fields)):
                yield line, record
        yield from filter(None, (column.found() for column in columns))
    except csv.Error as error:
        yield last + 1, not_csv(error)
    except InputBroken as broken:
        yield f"after line {last}", Problem(str(broken), broken.cure)


def columns_of(header: list[str], fields: Fields) -> tuple[list[Column], list[Problem | Notice]]:
    """(the columns, or none where the header cannot be used; what there is to be told of it)."""
    headings = [heading.strip() for heading in header]
    names, kinds, problems = fields.columns(headings)
    if problems:
        return [], [*problems, *separated_otherwise(headings)]
    columns = [
        Column(heading or name, name, kinds.get(n, ""))
        for n, (heading, name) in enumerate(zip(header, names, strict=True))
    ]
    spaces = [heading for heading in header if heading.strip() and heading != heading.strip()]
    notices = [Notice(f"column {each!r} is read as {each.strip()!r}", each) for each in spaces]
    told, fields.notices = [*fields.notices, *notices], []
    return columns, list(told)


def separated_otherwise(headings: list[str]) -> list[Problem]:
    """A header that is one cell with another separator in it."""
    found = next((mark for mark in ";\t|," if len(headings) == 1 and mark in headings[0]), None)
    return [Problem(f"the header is one cell, with {found!r} in it", f"say --delimiter {found!r}")] if found else []


def kinds_of(cells: list[str], typed_by: int | None, fields: Fields) -> dict[str, str]:
    """What the contract of a row's data type, which its cell at a place names if any, declares its fields to be."""
    if not fields.contracts:
        return {}
    data_type = fields.reading.data_type if typed_by is None else "".join(cells[typed_by : typed_by + 1])
    return fields.contracts.kinds(data_type)


def item_of(cells: list[str], columns: list[Column], line: int, kinds: dict[str, str]) -> dict | Problem | None:
    """The item in a row, or what is wrong with it; None for a row without any content."""
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        width = Problem(
            f"{len(cells)} cells where the header has {len(columns)}", "quote cells that hold commas", "another width"
        )
        return width if any(cells) else None
    item = {}
    for column, cell in zip(columns, cells, strict=False):
        if cell:
            if not column.name:
                return Problem(
                    f"cell {cell!r:.60} stands in a column without a name", "name it in the header", "no name"
                )
            try:
                item[column.name] = column.read(cell, line, kinds.get(column.name, ""))
            except ValueError as error:
                return not_declared(column, cell, str(error))
    return item or None


def not_declared(column: Column, cell: str, words: str) -> Problem:
    text = f"cell {cell!r:.60} of column {column.heading!r} is {words}"
    cure = (
        "correct it, or declare the column with --text" if column.kind else "correct it, or what its data type declares"
    )
    return Problem(text, cure, f"not declared: {column.heading}")


def not_csv(error: csv.Error) -> Problem:
    if "unexpected end of data" in str(error):
        return Problem("a quote that opens here is never closed", f"close or double it; {NOT_READ_ON}")
    if "field limit" in str(error):
        cure = f"close the quote, if one is open, or put what is large into S3; {NOT_READ_ON}"
        return Problem(f"a cell of more than {MAX_ITEM_BYTES // 1_000_000} MB begins here", cure)
    return Problem(f"not valid CSV ({error})", f"double the quotes inside of quoted cells; {NOT_READ_ON}")
