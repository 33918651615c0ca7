"""JSON Lines: an item a line, read as bytes, so that only \\n ends a line."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from rollcall.errors import InputBroken
from rollcall.intake.json_values import JsonDecoder, as_record, problem_of
from rollcall.intake.limits import MAX_ITEM_BYTES, TOO_LARGE
from rollcall.intake.problems import Problem, Record
from rollcall.intake.text import BOM, not_utf8

CURE = "write each item as one JSON object on a line of its own"
WHITE_SPACE = " \t\r\n"


def read_json_lines(stream: BinaryIO) -> Iterator[Record]:
    decoder = JsonDecoder()
    number = 0
    try:
        for line in iter(partial(stream.readline, MAX_ITEM_BYTES + 2), b""):
            number += 1
            if len(line) > MAX_ITEM_BYTES and len(line.rstrip(b"\r\n")) > MAX_ITEM_BYTES:
                skip_line(stream, line)
                yield number, TOO_LARGE
                continue
            try:
                text = line.decode().strip(WHITE_SPACE)
                if text:
                    yield number, as_record(decoder.decode(text.removeprefix(BOM)), CURE)
            except UnicodeDecodeError as error:
                yield number, not_utf8(error.object[error.start], error.start + 1, nul=b"\0" in line)
            except (ValueError, RecursionError) as error:
                yield number, problem_of(error, cure=CURE)
            if decoder.rounded and (notice := decoder.notice()):
                yield number, notice
    except InputBroken as broken:
        yield f"after line {number}", Problem(str(broken), broken.cure)


def skip_line(stream: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_ITEM_BYTES)
