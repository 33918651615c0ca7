"""Cells of a table as values: a number only where the number, written back, is the same text."""

import math
import re
from decimal import Decimal

MOST_EXACT = 2**53 - 1  # from here on a double holds no longer every integer
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")
LOOKS_LIKE_ONE = re.compile(r"\s*[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d+)(?:[eE][+-]?\d+)?\s*")
DECLARED = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

Value = str | int | float


def value_of(cell: str) -> Value:
    """The number that a cell is the shortest way to write, without exponent; else its text.

    `0.10`, `1E5`, `+1`, `007`, `-0`, ` 5` and integers beyond 2^53 - 1 stay text.
    """
    found = NUMBER.fullmatch(cell)
    if found is None:
        return cell
    if found[1]:
        number = float(cell)
        return number if written(number) == cell else cell
    if len(cell) > 17 or cell == "-0":
        return cell
    whole = int(cell)
    return whole if -MOST_EXACT <= whole <= MOST_EXACT else cell


def written(number: float) -> str:
    """The shortest decimal text of a number, without exponent."""
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text


def looks_like_a_number(cell: str) -> bool:
    return LOOKS_LIKE_ONE.fullmatch(cell) is not None


def declared_number(cell: str) -> int | float | None:
    """The number in a cell of a column that is declared to hold numbers, however written; None if it is none.

    It is rounded as every double is; an integer beyond 2^53 - 1, and what no double holds, is none.
    """
    text = cell.strip()
    if not DECLARED.fullmatch(text):
        return None
    number = float(text)
    if not text.lstrip("+-").isdigit():
        return number if math.isfinite(number) else None
    return int(number) if abs(number) <= MOST_EXACT else None


def read_as(kind: str, cell: str) -> Value | bool:
    """A cell as one of a kind: "text", "number", "boolean", or "" for what it looks like.

    Raises ValueError with what is wrong with it.
    """
    if kind == "text":
        return cell
    if kind == "number":
        number = declared_number(cell)
        if number is None:
            raise ValueError("not a number that is held exactly, or at all")
        return number
    if kind == "boolean":
        if (word := cell.strip().lower()) not in ("true", "false"):
            raise ValueError("neither true nor false")
        return word == "true"
    return value_of(cell)
