"""JSON documents, read item by item: an array of items, or an object with "requests" (items) or "requestSlots" (slots).

A slot is an object with "requests", too; how items are dealt to slots changes nothing.
"""

import codecs
import json
import re
from collections.abc import Generator, Iterator
from typing import Any, BinaryIO

from rollcall.errors import InputBroken
from rollcall.intake.json_values import JsonDecoder, as_record, check, key_twice, problem_of
from rollcall.intake.limits import MAX_ITEM_BYTES, TOO_LARGE
from rollcall.intake.problems import Notice, Problem, Record, shown
from rollcall.intake.text import not_utf8

BLOCK_BYTES = 256 * 1024
WHITE_SPACE = re.compile(r"[ \t\r\n]*")
NOT_READ_ON = "nothing after this place was read"
NO_ITEMS = Problem(
    'neither an array of items nor an object with "requests": [items]',
    "write one of these; of a file with one object a line, let the name end in .jsonl, or say --format jsonl",
)
NO_SLOT = Problem('a slot without "requests": [items]', "write each slot of requestSlots as an object that has them")


class Stopped(Exception):
    """Raised where a document cannot be read on."""

    def __init__(self, position: str, problem: Problem):
        self.position, self.problem = position, problem
        super().__init__(problem.text)


class Document:
    """The text of a document, in memory from `at` on as far as it was needed; `line` and `column` are those of `at`."""

    def __init__(self, stream: BinaryIO):
        self.stream = stream
        self.utf8 = codecs.getincrementaldecoder("utf-8")()
        self.decoder = JsonDecoder()
        self.text, self.at = "", 0
        self.line, self.column = 1, 1
        self.ended = False
        self.trouble: Problem | None = None  # what the text ends with, if not with its own end
        self.bad: int | None = None  # the byte that is no text, which follows it

    def more(self) -> bool:
        """Read as much again as is waiting; whether there was more."""
        if self.ended:
            return False
        waiting = self.text[self.at :]
        new = self.read(max(BLOCK_BYTES, len(waiting)))
        if new:
            self.text, self.at = waiting + new, 0
        return bool(new)

    def read(self, size: int) -> str:
        """About as many bytes as text; "" at the end, or where there is trouble."""
        try:
            while not self.ended:
                data = self.stream.read(size)
                self.ended = not data
                if text := self.utf8.decode(data, self.ended):
                    return text
        except UnicodeDecodeError as error:
            self.ended = True
            self.bad = error.object[error.start]
            return error.object[: error.start].decode()
        except InputBroken as error:
            self.ended = True
            self.trouble = Problem(str(error), error.cure)
        return ""

    @property
    def in_trouble(self) -> bool:
        return self.trouble is not None or self.bad is not None

    def move(self, to: int) -> None:
        self.line, self.column = self.place_of(to)
        self.at = to

    def place_of(self, to: int) -> tuple[int, int]:
        """(line, column) of a place in `text`."""
        lines = self.text.count("\n", self.at, to)
        column = to - self.text.rfind("\n", self.at, to) if lines else self.column + to - self.at
        return self.line + lines, column

    def next(self) -> str:
        """The next character that is no white space, which stays unread; "" at the end."""
        while True:
            self.move(WHITE_SPACE.match(self.text, self.at).end())  # type: ignore[union-attr]  # it always matches
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def value(self) -> Any:
        """The value that begins here; raises Stopped when there is none, or it is too large."""
        self.next()
        while True:
            self.decoder.rounded.clear()  # by a try that saw only a part
            try:
                value, end = self.decoder.scan(self.text, self.at)
                if end < len(self.text) or not self.more():
                    break
            except (StopIteration, ValueError, RecursionError) as error:
                waiting = len(self.text) - self.at
                if waiting <= MAX_ITEM_BYTES and self.more():
                    continue
                raise self.stopped(error, waiting > MAX_ITEM_BYTES) from error
        try:
            check(value, self.text[self.at : end])
        except ValueError as error:
            raise self.stopped(error) from error
        if end - self.at > MAX_ITEM_BYTES:
            raise Stopped(f"line {self.line}", TOO_LARGE)
        self.move(end)
        return value

    def take(self, allowed: str) -> str:
        """Read one of these characters; raises Stopped when another stands here."""
        found = self.next()
        if not found or found not in allowed:
            raise self.stopped(json.JSONDecodeError(f"Expecting {' or '.join(map(repr, allowed))}", self.text, self.at))
        self.move(self.at + 1)
        return found

    def stopped(self, error: Exception, cut: bool = False) -> Stopped:
        """What is wrong where the text cannot be read on; `cut` when it was not read to its end."""
        if isinstance(error, StopIteration):
            error = json.JSONDecodeError("Expecting value", self.text, error.value)
        if cut and (not isinstance(error, json.JSONDecodeError) or error.msg.startswith("Unterminated")):
            return Stopped(f"line {self.line}", TOO_LARGE)
        if self.in_trouble:
            line, column = self.place_of(len(self.text))
            begin = self.text.rfind("\n") + 1
            byte = len(self.text[begin:].encode()) if begin else column - 1
            trouble = self.trouble or not_utf8(self.bad or 0, byte + 1)
            return Stopped(f"line {line}", Problem(trouble.text, f"{trouble.cure}; {NOT_READ_ON}"))
        line, column = self.place_of(error.pos if isinstance(error, json.JSONDecodeError) else self.at)
        problem = problem_of(error, f"column {column}")
        place = f"line {line}" if isinstance(error, json.JSONDecodeError) else f"from line {line}"
        return Stopped(place, Problem(problem.text, f"{problem.cure}; {NOT_READ_ON}"))


def read_json_document(stream: BinaryIO, members: dict[str, Any] | None = None) -> Iterator[Record]:
    """The items of a document; the other members of an object that holds them are put into `members` as they come."""
    document = Document(stream)
    try:
        if document.next() == "[":
            yield from items(document)
        elif document.next() == "{":
            yield from envelope(document, {} if members is None else members)
        elif document.next() or document.in_trouble:
            document.value()
            yield "top level", NO_ITEMS
        else:
            yield "top level", NO_ITEMS
        if document.next() or document.in_trouble:
            raise document.stopped(json.JSONDecodeError("Extra data", document.text, document.at))
    except Stopped as stopped:
        yield stopped.position, stopped.problem


def elements(document: Document) -> Iterator[int]:
    """The number of each element of an array, which is to be read before the next is asked for."""
    number = 0
    document.take("[")
    if document.next() == "]":
        document.take("]")
        return
    while True:
        number += 1
        document.next()
        yield number
        if document.take(",]") == "]":
            return


def items(document: Document, of: str = "") -> Iterator[Record]:
    for number in elements(document):
        place = f"{of}item {number} (line {document.line})"
        yield place, as_record(document.value())
        if notice := document.decoder.notice():
            yield place, notice


def slots(document: Document, of: str = "") -> Iterator[Record]:
    for number in elements(document):
        slot, place = f"{of}slot {number} ", f"{of}slot {number} (line {document.line})"
        if document.next() != "{":
            document.value()
            yield place, NO_SLOT
        elif (yield from holder(document, {}, slot)) is None:
            yield place, NO_SLOT


def envelope(document: Document, members: dict[str, Any]) -> Iterator[Record]:
    count = yield from holder(document, members)
    yield from check_requests(count, members.get("length"))


def holder(document: Document, members: dict[str, Any], slot: str = "") -> Generator[Record, None, int | None]:
    """The items of an object that holds some, which is a slot if it is named as one.

    Returns how many there are, None if it holds none; all else of the object is put into `members`.
    """
    number, found, seen = 0, False, set()
    document.take("{")
    more = document.next() != "}"
    while more:
        if document.next() != '"':
            raise document.stopped(json.JSONDecodeError("Expecting a name in quotes", document.text, document.at))
        key = document.value()
        if key in seen:
            raise document.stopped(key_twice(key))
        seen.add(key)
        document.take(":")
        reader = items if key == "requests" else slots if key == "requestSlots" and not slot else None
        if reader and document.next() == "[":
            found = True
            for position, record in reader(document, slot):
                number += not isinstance(record, Notice)
                yield position, record
        else:
            members[key] = document.value()
        more = document.take(",}") == ","
    if not seen:
        document.take("}")
    return number if found else None


def check_requests(count: int | None, length: object) -> Iterator[Record]:
    """What is to be told of an object that holds items: none, or a length that is not theirs. What was read counts."""
    if count is None:
        yield "top level", NO_ITEMS
    elif length is not None and length not in (count, str(count)):
        yield "length", Notice(f"{shown(length)} is said, and {count:,} were read; what was read counts")
