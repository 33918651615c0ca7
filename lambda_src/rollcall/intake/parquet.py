"""Parquet: a row is an item, its values typed by the file's own schema; some rows at a time are in memory."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, BinaryIO

from rollcall.errors import InputBroken, InputRefused
from rollcall.intake.cells import declared_number, written
from rollcall.intake.fields import Fields
from rollcall.intake.json_values import check_decoded
from rollcall.intake.limits import MAX_ITEM_BYTES, TOO_LARGE
from rollcall.intake.manifests import encode
from rollcall.intake.problems import Notice, Problem, Record, shown

BATCH_BYTES = 4_000_000
MOST_ROWS = 4096
BUFFERS_BYTES = 64 * 1024 * 1024  # of all columns together; a wide file has small ones
LARGEST_BUFFER = 1024 * 1024
EXACT_DIGITS = 15  # every decimal of so many is the shortest text of some double
WRITE_AGAIN = "write it again, and copy all of it"
NO_ARROW = "Parquet cannot be read here, for there is no pyarrow; add it, or submit CSV or JSON Lines"

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """A column: how it is headed, the field it becomes, and what makes a value of JSON of one of Arrow's, or nothing.

    The conversion raises ValueError with what is wrong with a value.
    """

    heading: str
    name: str
    convert: Convert | None

    def values(self, array: Any) -> tuple[list, bool]:
        """(the values of an array, each that is not fit for an item being a Problem; whether there is such a one)."""
        array = decoded(array)
        try:
            values = array.to_pylist(maps_as_pydicts="strict")
            if self.convert is not None:
                values = [None if value is None else self.convert(value) for value in values]
            return values, False
        except (ValueError, KeyError, OverflowError):
            return [self.value(scalar) for scalar in array], True

    def value(self, scalar: Any) -> Any:
        try:
            value = scalar.as_py(maps_as_pydicts="strict")
            return value if value is None or self.convert is None else self.convert(value)
        except UnicodeDecodeError:
            return Problem(f"a text of column {self.heading!r} is not UTF-8", "write it as UTF-8", self.heading)
        except (ValueError, KeyError, OverflowError) as error:
            text = f"a value of column {self.heading!r} cannot be held exactly, or at all: {error}"
            return Problem(text, "correct it, or leave it out", self.heading)


def read_parquet(stream: BinaryIO, fields: Fields) -> Iterator[Record]:
    """Nulls are left out, as the empty cells of other tables are; raises InputRefused where there is no pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputRefused([NO_ARROW]) from error
    number = 0
    try:
        file = parquet.ParquetFile(stream, pre_buffer=False, page_checksum_verification=True)
        columns, found = columns_of(file.schema_arrow, fields)
        yield from (("", each) for each in found)
        if not columns:
            return
        size = min(LARGEST_BUFFER, BUFFERS_BYTES // len(columns))
        file = parquet.ParquetFile(
            stream, pre_buffer=False, page_checksum_verification=True, buffer_size=size, metadata=file.metadata
        )
        for batch in file.iter_batches(rows_at_once(file.metadata), use_threads=False):
            for record in records_of(batch, columns):
                number += 1
                yield f"row {number}", record
    except InputBroken as broken:
        yield f"after row {number}", Problem(str(broken), broken.cure)
    except (pyarrow.ArrowException, OSError, MemoryError) as error:
        told = " ".join(str(error).split())[:200]
        yield f"after row {number}" if number else "", Problem(f"not a whole Parquet file ({told})", WRITE_AGAIN)


def decoded(array: Any) -> Any:
    """An array without a dictionary, with moments as text: no other type of Python's holds all of them."""
    import pyarrow

    if pyarrow.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pyarrow.types.is_timestamp(array.type) and array.type.tz:
        array = array.cast(pyarrow.int64()).cast(pyarrow.timestamp(array.type.unit))
    return array.cast(pyarrow.string()) if is_moment(array.type) else array


def is_moment(arrow: Any) -> bool:
    """Whether it is a date, a time or a timestamp."""
    from pyarrow import types

    return types.is_date(arrow) or types.is_time(arrow) or types.is_timestamp(arrow)


def rows_at_once(metadata: Any) -> int:
    """So many rows that they are some MB, in the group with the largest ones."""
    groups = (metadata.row_group(n) for n in range(metadata.num_row_groups))
    largest = max((group.total_byte_size / max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(MOST_ROWS, int(BATCH_BYTES / max(largest, 1))))


def records_of(batch: Any, columns: list[Column]) -> Iterator[dict | Problem]:
    names = [column.name for column in columns]
    read = [column.values(array) for column, array in zip(columns, batch.columns, strict=True)]
    bad, large = any(bad for _, bad in read), batch.nbytes > MAX_ITEM_BYTES
    for row in zip(*(values for values, _ in read), strict=True):
        problem = next((value for value in row if type(value) is Problem), None) if bad else None
        record = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        if problem is None and large and len(encode(record)) > MAX_ITEM_BYTES:
            problem = TOO_LARGE
        yield problem or record


def columns_of(schema: Any, fields: Fields) -> tuple[list[Column], list[Problem | Notice]]:
    """(the columns, or none where they cannot be used; what there is to be told of them)."""
    headings = list(schema.names)
    names, kinds, problems = fields.columns(headings)
    columns, notices = [], []
    for n, (heading, name) in enumerate(zip(headings, names, strict=True)):
        arrow = schema.field(n).type
        try:
            columns.append(Column(heading, name, conversion(arrow, kinds.get(n, ""))))
        except ValueError as error:
            problems.append(Problem(f"column {heading!r} is of type {arrow}", str(error)))
        if is_long_decimal(arrow) and not kinds.get(n):
            text = f"column {heading!r} is read as text: doubles do not hold every {arrow}; see --number {heading}"
            notices.append(Notice(text, f"text {heading}"))
    if problems:
        return [], [*problems]
    told, fields.notices = [*fields.notices, *notices], []
    return columns, list(told)


def conversion(arrow: Any, kind: str) -> Convert | None:
    """What makes a value of JSON of one of this type, in a column declared to be of a kind ("" is none).

    Raises ValueError with the cure when there is none.
    """
    from pyarrow import types

    if types.is_dictionary(arrow):
        return conversion(arrow.value_type, kind)
    if types.is_null(arrow):
        return None
    if types.is_decimal(arrow):
        number = kind == "number" or (not kind and not is_long_decimal(arrow))
        return (float if arrow.scale > 0 else int) if number else decimal_text
    if types.is_integer(arrow):
        return str if kind == "text" else None
    if types.is_floating(arrow):
        return float_text if kind == "text" else finite
    if types.is_string(arrow) or types.is_large_string(arrow) or types.is_string_view(arrow):
        return number_in if kind == "number" else None
    if types.is_binary(arrow) or types.is_large_binary(arrow) or types.is_binary_view(arrow):
        if kind == "text":
            return bytes.decode
        raise ValueError("if it holds text in UTF-8, say so with --text; if not, write the file without it")
    if kind != "number":
        if is_moment(arrow):
            return utc if types.is_timestamp(arrow) and arrow.tz else local
        if not kind and types.is_boolean(arrow):
            return None
        if not kind and types.is_nested(arrow):
            return nested
    raise ValueError("it has no value of JSON" + (f", or not as a {kind}" if kind else "") + "; write it otherwise")


def is_long_decimal(arrow: Any) -> bool:
    from pyarrow import types

    return types.is_decimal(arrow) and arrow.precision > EXACT_DIGITS


def finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON")
    return float(value)


def float_text(value: float) -> str:
    return written(finite(value))


def decimal_text(value: Decimal) -> str:
    return format(value, "f")


def number_in(text: str) -> int | float:
    number = declared_number(text)
    if number is None:
        raise ValueError(f"{shown(text)} is no number")
    return number


def local(moment: str) -> str:
    """A date, a time, or a timestamp of no time zone, in ISO 8601."""
    return moment.replace(" ", "T")


def utc(moment: str) -> str:
    return f"{local(moment)}Z"


def nested(value: Any) -> Any:
    """Lists and objects, whose decimals and dates are text."""
    made = plain(value)
    if problem := check_decoded(made):
        raise ValueError(problem.text)
    return made


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ValueError(f"a {type(value).__name__} in it has no value of JSON")
