"""Parquet: every value as it is, or refused with row, column and cure; row groups of any size in little memory."""

import io
import json
import random
import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.lambda_src.rollcall.intake.conftest import LINES

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.limits import MAX_ITEM_BYTES
from rollcall.intake.problems import Tally
from rollcall.intake.reading import Reading
from rollcall.intake.sources import FileSource

IDS = {"id": ["a"], "data_type": ["x"]}


def written(columns: dict | pa.Table, **options) -> bytes:
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    parquet.write_table(table, stream := io.BytesIO(), **options)
    return stream.getvalue()


@pytest.fixture
def read(tmp_path):
    """read(columns or bytes, what is said of them): the items of a Parquet file that holds them."""

    def do(content: dict | bytes, notices: Tally | None = None, **said) -> list[dict]:
        path = tmp_path / "b.parquet"
        path.write_bytes(content if isinstance(content, bytes) else written(content))
        return list(read_items(FileSource(str(path), reading=Reading(**said)), notices))

    return do


@pytest.fixture
def value(read):
    """value(array, what is said of it): what an item has of it, under "v"."""

    def do(array: pa.Array, **said):
        return read(IDS | {"v": array}, **said)[0].get("v")

    return do


def test_a_parquet_file_gives_the_items_that_json_lines_give(read):
    items = [json.loads(line) for line in LINES]
    assert read(written(pa.Table.from_pylist(items), row_group_size=7)) == items


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([2**63 - 1]), 2**63 - 1),
        (pa.array([2**64 - 1], pa.uint64()), 2**64 - 1),
        (pa.array([0.1]), 0.1),
        (pa.array([0.5], pa.float16()), 0.5),
        (pa.array([0.1], pa.float32()), 0.10000000149011612),
        (pa.array([True]), True),
        (pa.array(["é\u2028"]), "é\u2028"),
        (pa.array(["a"]).dictionary_encode(), "a"),
        (pa.array(["a"], pa.large_string()), "a"),
        (pa.array([None], pa.null()), None),
        (pa.array([None], pa.int32()), None),
        (pa.array([Decimal("10.50")], pa.decimal128(15, 2)), 10.5),
        (pa.array([Decimal("12")], pa.decimal128(9, 0)), 12),
        (pa.array([date(2026, 11, 26)]), "2026-11-26"),
        (pa.array([time(9, 30)]), "09:30:00.000000"),
        (pa.array([datetime(2026, 11, 26, 9, 30)]), "2026-11-26T09:30:00.000000"),
        (pa.array([datetime(2026, 11, 26, 9, 30, tzinfo=UTC)]), "2026-11-26T09:30:00.000000Z"),
        (pa.array([datetime(2026, 1, 1)], pa.timestamp("ms", "Europe/Berlin")), "2026-01-01T00:00:00.000Z"),
        (pa.array([1], pa.int64()).cast(pa.timestamp("ns")), "1970-01-01T00:00:00.000000001"),
        (pa.array([datetime(9999, 1, 1)], pa.timestamp("us")), "9999-01-01T00:00:00.000000"),
        (pa.array([{"a": [1, None], "b": "x"}]), {"a": [1, None], "b": "x"}),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), {"k": 1}),
        (pa.array([[Decimal("1.10")]]), ["1.10"]),
        (pa.array([[date(2026, 1, 1)]]), ["2026-01-01"]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_each_type_has_its_value_of_json(value, array, expected):
    found = value(array)
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("array", "kind", "expected"),
    [
        (pa.array([7]), "text", "7"),
        (pa.array([1e-7]), "text", "0.0000001"),
        (pa.array(["007"]), "text", "007"),
        (pa.array(["007"]), "number", 7),
        (pa.array([7]), "number", 7),
        (pa.array([b"\xc3\xa9"]), "text", "é"),
        (pa.array([Decimal("1.10")], pa.decimal128(4, 2)), "text", "1.10"),
        (pa.array([Decimal("1.10")], pa.decimal128(38, 2)), "number", 1.1),
    ],
)
def test_a_column_is_what_it_is_declared_to_be(value, array, kind, expected):
    assert value(array, **{kind: ("v",)}) == expected


def test_a_decimal_that_doubles_do_not_hold_is_text_and_that_is_told(read):
    notices = Tally()
    (item,) = read(IDS | {"v": pa.array([Decimal("12345678901234567.10")], pa.decimal128(38, 2))}, notices)
    assert item["v"] == "12345678901234567.10"
    (told,) = notices.sentences()
    assert "column 'v' is read as text: doubles do not hold every decimal128(38, 2); see --number v" in told


def test_columns_are_renamed_and_guessed_as_in_every_table(read):
    notices = Tally()
    assert read({"Nr": [1], "Data_Type": ["x"], "price": [2]}, notices, id="nr", rename={"spot": "price"}) == [
        {"id": "1", "data_type": "x", "spot": 2}
    ]
    assert "column 'Data_Type' is read as 'data_type'" in notices.sentences()[0]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"v": [float("nan")]}, "row 1: a value of column 'v' cannot be held .*nan is no number of JSON; correct it"),
        ({"v": [float("inf")]}, "row 1: .*inf is no number of JSON"),
        ({"v": [[float("nan")]]}, "row 1: a value of column 'v' cannot be held"),
        ({"v": [b"x"]}, "column 'v' is of type binary; if it holds text in UTF-8, say so with --text"),
        ({"v": pa.array([1], pa.duration("s"))}, "column 'v' is of type duration.s.; it has no value of JSON"),
        ({"v": pa.array([[("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int64()))}, "row 1: a value of column 'v'"),
        ({"v": [[b"x"]]}, "row 1: .*a bytes in it has no value of JSON"),
        (
            {"v": ["x"], "data_type": None},
            "no column 'data_type'; there is 'id', 'v'; name it: --data-type-from COLUMN",
        ),
        ({"id": [None]}, 'row 1: no usable "id"'),
        ({"v": pa.array([b"\xff"]).view(pa.string())}, "row 1: a text of column 'v' is not UTF-8"),
        ({"v": ["x" * MAX_ITEM_BYTES]}, "row 1: an item of more than 10 MB; put what is large into S3"),
    ],
)
def test_what_cannot_be_an_item_is_refused_with_row_column_and_cure(read, columns, words):
    columns = {name: values for name, values in sorted((IDS | columns).items()) if values is not None}
    with pytest.raises(InputRefused, match=words):
        read(columns)


@pytest.mark.parametrize(
    ("column", "kind", "words"),
    [
        ([True], "text", "column 'v' is of type bool; it has no value of JSON, or not as a text"),
        (["x"], "number", "row 1: a value of column 'v' cannot be held exactly, or at all: 'x' is no number"),
        (["x"], "no", "no column 'other'; there is 'id', 'data_type', 'v'; correct --text"),
    ],
)
def test_what_is_not_as_it_is_declared_is_refused(read, column, kind, words):
    said = {"text": ("other",)} if kind == "no" else {kind: ("v",)}
    with pytest.raises(InputRefused, match=words):
        read(IDS | {"v": column}, **said)


def test_other_rows_of_a_batch_with_a_problem_are_read_and_problems_counted(read):
    columns = {"id": list("abcd"), "data_type": ["x"] * 4, "v": [1.0, float("nan"), 2.0, float("nan")]}
    with pytest.raises(InputRefused, match=r"row 2: .* .and 1 more: row 4"):
        read(columns)


def test_a_file_that_is_none_or_broken_is_refused(read):
    whole = written({"id": [str(n) for n in range(5000)], "data_type": ["x"] * 5000}, write_page_checksum=True)
    damaged = bytearray(whole)
    damaged[len(whole) // 4] ^= 255
    for content in (b"", b"id,data_type\n", whole[:-9], whole[9:], bytes(damaged)):
        with pytest.raises(InputRefused, match="b.parquet.*: not a whole Parquet file .*; write it again"):
            read(content)


def test_a_parquet_file_of_another_name_is_told_what_it_is(tmp_path):
    path = tmp_path / "b.csv"
    path.write_bytes(written(IDS))
    with pytest.raises(InputRefused, match="it is a Parquet file; let its name end in .parquet, or say --f"):
        list(read_items(FileSource(str(path))))
    assert list(read_items(FileSource(str(path), reading=Reading(format="parquet")))) == [{"id": "a", "data_type": "x"}]


def test_without_pyarrow_it_is_refused(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputRefused, match="there is no pyarrow; add it, or submit CSV or JSON Lines"):
        read(written(IDS))


def test_broken_files_are_refused_or_read_and_never_end_the_process(read):
    table = pa.Table.from_pylist([json.loads(line) for line in LINES[:40]])
    whole, chance = written(table, row_group_size=10), random.Random(1)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(len(whole))] = chance.randrange(256)
        try:
            read(bytes(damaged))
        except InputRefused as refused:
            assert refused.problems


def test_an_object_is_read_in_ranges_as_long_as_it_is_the_same(cloud):
    chance = random.Random(1)
    items = [{"id": chance.randbytes(40).hex(), "data_type": "x", "n": n} for n in range(20_000)]
    body = written(pa.Table.from_pylist(items), row_group_size=5000)
    cloud.s3.put_object(Bucket=cloud.bucket, Key="b.parquet", Body=body)
    source = FileSource(f"s3://{cloud.bucket}/b.parquet", cloud.s3)
    assert list(read_items(source)) == items
    reading = read_items(source)
    next(reading)
    cloud.s3.put_object(Bucket=cloud.bucket, Key="b.parquet", Body=body + b" ")
    with pytest.raises(InputRefused, match="PreconditionFailed.; it was replaced while it was read"):
        list(reading)


def test_an_object_that_is_empty_or_not_there_is_refused(cloud):
    cloud.s3.put_object(Bucket=cloud.bucket, Key="empty.parquet", Body=b"")
    for name, words in (("empty", "not a whole Parquet file"), ("no", "cannot be read .NoSuchKey.; name an object")):
        with pytest.raises(InputRefused, match=words):
            list(read_items(FileSource(f"s3://{cloud.bucket}/{name}.parquet", cloud.s3)))
