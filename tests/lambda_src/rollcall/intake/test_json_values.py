"""Values of JSON: what is taken as it is, what is rounded and told, what is refused; the same in every format."""

import json

import pytest

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.json_values import MAX_DEPTH
from rollcall.intake.manifests import encode
from rollcall.intake.problems import Tally
from rollcall.intake.sources import FileSource, InlineSource

FORMATS = {"b.jsonl": "{}\n", "b.json": "[{}]", "request.json": '{{"requests": [{}]}}'}


@pytest.fixture(params=FORMATS)
def read(request, tmp_path):
    """read(value as JSON text, notices): the value of an item's field `v`, from a file of each format."""

    def do(text: str, notices: Tally | None = None):
        path = tmp_path / request.param
        item = f'{{"id": "a", "data_type": "x", "v": {text}}}'
        path.write_text(FORMATS[request.param].replace("{{", "{").replace("}}", "}").replace("{}", item, 1))
        (found,) = read_items(FileSource(str(path)), notices)
        assert json.loads(encode(found)) == found  # it can be written into a manifest, and stays what it is
        return found["v"]

    return do


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345678901234567890", 12345678901234567890),
        ("9" * 400, int("9" * 400)),
        ("1.50", 1.5),
        ("1E5", 100000.0),
        ("-0", 0),
        ("0e99999999999999999999", 0.0),
        ('"1e400"', "1e400"),
        ('"\\u0000"', "\0"),
        ('"a\u2028b\x85"', "a\u2028b\x85"),
        ('"\\ud83d\\ude00"', "😀"),
        ('{"v": {"v": 1}}', {"v": {"v": 1}}),
        ("[" * 98 + "]" * 98, json.loads("[" * 98 + "]" * 98)),
        ('"' + "[{" * 200 + '"', "[{" * 200),
    ],
)
def test_what_is_taken_is_what_is_written(read, text, value):
    notices = Tally()
    assert read(text, notices) == value
    assert not notices


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1234567890123456789", 0.12345678901234568),
        ("1e-400", 0.0),
        ("12345678901234567890.0", 1.2345678901234567e19),
    ],
)
def test_a_number_with_more_digits_than_a_double_is_rounded_and_told(read, text, value):
    notices = Tally()
    assert read(text, notices) == value
    (notice,) = notices.sentences()
    assert f"{text} is read as {value!r}: it has more digits than a double keeps" in notice


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1e400", "the number 1e400 is beyond what a double holds; correct it, or write it as text in quotes"),
        ("-1E+999", "the number -1E+999 is beyond"),
        ('{"deep": [1e400]}', "the number 1e400 is beyond"),
        ("NaN", "NaN is not JSON; leave the field out, or write null"),
        ("-Infinity", "-Infinity is not JSON"),
        ("9" * 5000, "it holds a number of more than 4,300 digits"),
        ('{"k": 1, "k": 1}', "key 'k' stands twice in one object; name each field once"),
        ('1, "v": 1', "key 'v' stands twice in one object"),
        ('[{"a": {"k": 1, "b": 2, "k": null}}]', "key 'k' stands twice"),
        ('"\\ud800"', "\\ud800 is half a character (a lone surrogate); write the whole character"),
        ('{"\\uDFFF": 1}', "\\udfff is half a character"),
        ('["\\ude00\\ud83d"]', "half a character"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "it is nested more than 100 deep"),
        ("[" * 5000 + "]" * 5000, "it is nested more than 100 deep"),
        ('{"a":' * 300 + "1" + "}" * 300, "it is nested more than 100 deep"),
    ],
)
def test_what_would_change_or_break_later_is_refused_with_its_line(read, text, words):
    with pytest.raises(InputRefused) as refused:
        read(text)
    problem = refused.value.problems[0]
    assert words in problem and "line 1" in problem


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "\ud800", [[[float("-inf")]]]])
def test_items_inline_are_checked_as_those_of_files(value):
    with pytest.raises(InputRefused, match="item 2: "):
        list(read_items(InlineSource([{"id": "a", "data_type": "x"}, {"id": "b", "data_type": "x", "v": value}])))


IDS = [
    "é",
    "e\u0301",
    "名前",
    "😀",
    "x[/y]",
    "a b",
    " a",
    "A",
    "a",
    "\u2028",
    "\u00a0",
    "a/b",
    "..",
    "%s",
    "'",
    '"',
    "ß",
]


def test_an_id_may_be_any_text_and_is_compared_character_by_character(tmp_path):
    path = tmp_path / "b.jsonl"
    path.write_text("".join(json.dumps({"id": id, "data_type": "x"}) + "\n" for id in IDS), encoding="utf-8")
    assert [item["id"] for item in read_items(FileSource(str(path)))] == IDS


@pytest.mark.parametrize("id", ["a\0", "\n", "a\tb", "\x1b[2J", "\x7f", "\x85"])
def test_control_characters_in_an_id_or_a_data_type_are_refused(id):
    for item in ({"id": id, "data_type": "x"}, {"id": "a", "data_type": id}):
        with pytest.raises(InputRefused, match="holds control characters; leave them out"):
            list(read_items(InlineSource([item])))


def test_an_id_of_256_characters_is_taken_and_one_of_257_is_not():
    assert len(list(read_items(InlineSource([{"id": "é" * 256, "data_type": "x"}])))) == 1
    with pytest.raises(InputRefused, match="up to 256 characters"):
        list(read_items(InlineSource([{"id": "é" * 257, "data_type": "x"}])))
