"""JSON text as values, none of which changes unseen: the rules of every JSON format.

Integers are exact. Other numbers are doubles; one with more digits than a double keeps is rounded, and told. Refused
are numbers beyond every double, NaN, a key that stands twice in an object, halves of surrogate pairs, and values nested
too deeply.
"""

import json
import math
import re
from decimal import Decimal
from typing import Any, NoReturn

from rollcall.intake.problems import Notice, Problem

MAX_DEPTH = 100
MAX_DIGITS = 17  # of a double, written so that it is the same one when read
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
ROUNDED = "rounded"
ONE_OBJECT = "write each item as one JSON object"


class BadValue(ValueError):
    """Raised for JSON whose value would not be what is written; holds the Problem."""

    def __init__(self, text: str, cure: str, kind: str):
        self.problem = Problem(text, cure, kind)
        super().__init__(text)


class JsonDecoder:
    """Decodes texts; `rounded` holds the first number since it was last emptied that was rounded."""

    def __init__(self) -> None:
        self.rounded: list[str] = []
        hooks: Any = {
            "parse_float": self.parse_float,
            "parse_constant": refuse_constant,
            "object_pairs_hook": as_object,
        }
        decoder: Any = json.JSONDecoder(**hooks)
        self.scan = decoder.scan_once  # of json's own decoder: text, place → value, its end

    def parse_float(self, text: str) -> float:
        value = float(text)
        if len(text) > MAX_DIGITS or not value or value - value:  # so is infinity told from all numbers
            self.look_closer(text, value)
        return value

    def look_closer(self, text: str, value: float) -> None:
        if math.isinf(value):
            raise BadValue(
                f"the number {text:.40} is beyond what a double holds",
                "correct it, or write it as text in quotes",
                "too large a number",
            )
        changed = (
            re.search("[1-9]", text.lower().partition("e")[0]) if value == 0 else Decimal(repr(value)) != Decimal(text)
        )
        if changed and not self.rounded:
            self.rounded.append(f"{text:.40} is read as {value!r}: it has more digits than a double keeps")

    def decode(self, text: str) -> Any:
        """The value of a text without white space around it; raises ValueError or RecursionError."""
        try:
            value, end = self.scan(text, 0)
        except StopIteration as stop:
            raise json.JSONDecodeError("Expecting value", text, stop.value) from None
        if end != len(text):
            raise json.JSONDecodeError("Extra data", text, end)
        if "\\" in text or (len(text) > 2 * MAX_DEPTH and text.count("{") + text.count("[") > MAX_DEPTH):
            check(value, text)
        return value

    def notice(self) -> Notice | None:
        """What was rounded since it was last asked."""
        return Notice(self.rounded.pop(), ROUNDED) if self.rounded else None


def refuse_constant(name: str) -> NoReturn:
    raise BadValue(f"{name} is not JSON", "leave the field out, or write null", "no number")


def as_object(pairs: list[tuple[str, Any]]) -> dict:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise key_twice(twice)
    return made


def key_twice(key: str) -> BadValue:
    return BadValue(f"key {key!r:.60} stands twice in one object", "name each field once", "key twice")


def check(value: object, text: str) -> None:
    """Raises BadValue for what a value of this text may hide: deep nesting, halves of characters."""
    if "\\u" in text and SURROGATE.search(text):
        check_characters(value)
    if text.count("{") + text.count("[") > MAX_DEPTH:
        check_depth(value)


def check_characters(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadValue(
            f"\\u{ord(error.object[error.start]):04x} is half a character (a lone surrogate)",
            "write the whole character",
            "half a character",
        ) from None


def check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in members(outer)]
        if not level:
            return
    raise BadValue(f"it is nested more than {MAX_DEPTH} deep", "write it flatter, or as text in quotes", "too deep")


def members(value: dict | list) -> list:
    return list(value.values()) if isinstance(value, dict) else value


def check_decoded(value: object) -> Problem | None:
    """What is wrong with a value that somebody else has decoded."""
    try:
        check_depth(value)
        check_characters(value)
        json.dumps(value, allow_nan=False)
    except BadValue as error:
        return error.problem
    except ValueError:
        return Problem(
            "it holds a number that is none, or beyond what a double holds",
            "correct it, or write it as text in quotes",
        )
    return None


def problem_of(error: Exception, where: str = "", cure: str = ONE_OBJECT) -> Problem:
    """What is wrong with a text that could not be decoded; `where` stands in for the column in it."""
    if isinstance(error, BadValue):
        return error.problem
    if isinstance(error, json.JSONDecodeError):
        place = where or f"column {error.pos + 1}"
        return Problem(
            f"not valid JSON ({error.msg.removesuffix(' at')} at {place})", cure, f"not valid JSON: {error.msg}"
        )
    if isinstance(error, RecursionError):
        return Problem(f"it is nested more than {MAX_DEPTH} deep", "write it flatter, or as text in quotes")
    return Problem("it holds a number of more than 4,300 digits", "write it as text in quotes")


def as_record(value: object, cure: str = ONE_OBJECT) -> dict | Problem:
    if isinstance(value, dict):
        return value
    return Problem(f"a {type(value).__name__} where an item belongs", cure)
