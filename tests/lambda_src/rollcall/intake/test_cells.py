"""No cell of a table changes unseen: it is a number only if the number, written back, is the same text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.errors import InputRefused
from rollcall.intake.cells import MOST_EXACT, declared_number, looks_like_a_number, value_of, written
from rollcall.intake.items import read_items
from rollcall.intake.problems import Tally
from rollcall.intake.reading import Reading
from rollcall.intake.sources import FileSource

NUMBERS = {
    "0": 0,
    "12": 12,
    "-7": -7,
    "1.5": 1.5,
    "-0.25": -0.25,
    "3.0": 3.0,
    "-0.0": -0.0,
    "0.00001": 1e-05,
    "0.0000000001": 1e-10,
    "123456789.125": 123456789.125,
    "9007199254740991": MOST_EXACT,
}
# What looks like a number, or may be taken for one, and would not be the same text written back.
TEXTS = [
    *("1E5", "1e5", "-1.5e3", "1e400", "47583311587E59003", "12E12", "1e+16", "0.10", "1.50", "+1", "007", "01234"),
    *(
        "1_000",
        "1,000",
        "12345678901234567890",
        "9007199254740992",
        "-0",
        "00",
        ".5",
        "5.",
        " 5",
        "5 ",
        "0x10",
        "1.2.3",
    ),
    *("nan", "NaN", "inf", "-Infinity", "true", "null", "٣", "５", "1.٣", "0.1234567890123456789", "½", "1e-400", "-"),
]


@pytest.mark.parametrize("cell", NUMBERS)
def test_the_shortest_text_of_a_number_is_that_number(cell):
    value = value_of(cell)
    assert value == NUMBERS[cell] and type(value) is type(NUMBERS[cell])
    assert str(value) == cell or written(value) == cell


@pytest.mark.parametrize("cell", TEXTS)
def test_every_other_cell_is_text(cell):
    assert value_of(cell) == cell


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_is_read_back_from_its_shortest_text(number):
    value = value_of(written(number))
    assert float(value) == number
    assert type(value) is float or value == written(number)  # too large for a fraction: it stays text


@given(st.text(alphabet="0123456789+-.eE_ ", max_size=25))
def test_no_text_changes_by_being_a_number(cell):
    value = value_of(cell)
    assert value == cell if type(value) is str else (written(value) if type(value) is float else str(value)) == cell


@pytest.mark.parametrize("cell", ["1E5", "0.10", "+1", "1_000", "007", " 5", "12345678901234567890", "1e400", "٣"])
def test_what_looks_like_a_number_is_known(cell):
    assert looks_like_a_number(cell)


@pytest.mark.parametrize("cell", ["nan", "x", "1,000", "2026-01-01", "-", "", "1-2", "E5", "_1"])
def test_what_does_not_look_like_one_is_text_without_a_question(cell):
    assert not looks_like_a_number(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("0.10", 0.1), ("1E5", 1e5), ("+1", 1), (" 007 ", 7), (".5", 0.5), ("5.", 5.0), ("0" * 5000 + "3", 3)]
    + [(cell, None) for cell in ("1e400", "nan", "1_000", "x", "12345678901234567890", "9" * 5000, "", "٣")],
)
def test_a_declared_number_may_be_written_in_any_way_but_must_be_held(cell, number):
    assert declared_number(cell) == number


def items(tmp_path, content: str, notices: Tally | None = None, **reading) -> list[dict]:
    path = tmp_path / "b.csv"
    path.write_text(content)
    return list(read_items(FileSource(str(path), reading=Reading(**reading)), notices))


def test_a_column_of_both_is_refused_with_both_places_and_taken_as_it_is_declared(tmp_path):
    text = "id,data_type,zip\na,x,80331\nb,x,01234\n"
    with pytest.raises(InputRefused) as refused:
        items(tmp_path, text)
    assert refused.value.problems == [
        f"{tmp_path}/b.csv line 3: column 'zip' holds '01234', which only looks like a number, and in line 2 the "
        "number 80331; say what the column holds: --text zip or --number zip"
    ]
    assert [item["zip"] for item in items(tmp_path, text, text=("zip",))] == ["80331", "01234"]
    assert [item["zip"] for item in items(tmp_path, text, number=("zip",))] == [80331, 1234]


@pytest.mark.parametrize("cells", [("12E12", "5"), ("0.10", "0.25"), ("1e400", "1"), ("+1", "2"), (" 5", "6")])
def test_no_column_mixes_numbers_and_codes(tmp_path, cells):
    with pytest.raises(InputRefused, match="only looks like a number"):
        items(tmp_path, "id,data_type,v\n" + "".join(f"{n},x,{cell}\n" for n, cell in enumerate(cells)))


def test_words_among_numbers_are_words(tmp_path):
    found = items(tmp_path, "id,data_type,v\na,x,1.5\nb,x,n/a\nc,x,nan\nd,x,\n")
    assert [item.get("v") for item in found] == [1.5, "n/a", "nan", None]


def test_a_column_of_codes_only_is_text_and_told_in_one_line(tmp_path):
    notices = Tally()
    found = items(tmp_path, "id,data_type,code\na,x,47583311587E59003\nb,x,12E12\n", notices)
    assert [item["code"] for item in found] == ["47583311587E59003", "12E12"]
    (notice,) = notices.sentences()
    assert "line 2: column 'code' is read as text: '47583311587E59003' is no number's shortest form" in notice


def test_a_cell_that_is_not_what_its_column_is_declared_as_is_named(tmp_path):
    with pytest.raises(InputRefused) as refused:
        items(tmp_path, "id,data_type,v\na,x,1\nb,x,1e400\nc,x,?\n", number=("v",))
    (problem,) = refused.value.problems
    assert "line 3: cell '1e400' of column 'v' is not a number that is held exactly" in problem
    assert problem.endswith("(and 1 more: line 4)")


def test_what_is_read_can_be_written_as_json(tmp_path):
    text = "id,data_type,v\n" + "".join(f'{n},x,"{cell}"\n' for n, cell in enumerate(TEXTS))
    found = items(tmp_path, text)
    assert [item["v"] for item in json.loads(json.dumps(found, allow_nan=False))] == TEXTS


def test_the_id_and_the_data_type_are_text_whatever_they_look_like(tmp_path):
    assert items(tmp_path, "id,data_type\n007,1\n7,1\n") == [
        {"id": "007", "data_type": "1"},
        {"id": "7", "data_type": "1"},
    ]
