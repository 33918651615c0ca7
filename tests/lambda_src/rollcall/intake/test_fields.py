"""Columns become fields: by their names, as the submitter says, or guessed and told."""

import json

import pytest

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.problems import Tally
from rollcall.intake.reading import Reading, reading_of
from rollcall.intake.sources import FileSource
from rollcall.intake.usual_readings import usual_reading

ITEM = {"id": "7", "data_type": "equity", "spot": 1.5}


@pytest.fixture
def read(tmp_path):
    """read(content, name of the file, notices, what is said of it)."""

    def do(content: str, name: str = "b.csv", notices: Tally | None = None, **said) -> list[dict]:
        (tmp_path / name).write_text(content)
        return list(read_items(FileSource(str(tmp_path / name), reading=Reading(**said)), notices))

    return do


@pytest.fixture
def refused(read):
    def do(*given, **said) -> list[str]:
        with pytest.raises(InputRefused) as error:
            read(*given, **said)
        return error.value.problems

    return do


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("account_no,data_type,spot\n7,equity,1.5\n", {"id": "account_no"}),
        ("id,spot\n7,1.5\n", {"data_type": "equity"}),
        ("id,product,spot\n7,equity,1.5\n", {"data_type_from": "product"}),
        ("id,data_type,price\n7,equity,1.5\n", {"rename": {"spot": "price"}}),
        (
            "Account No ,Product, Price\n7,equity,1.5\n",
            {"id": "account no", "data_type_from": "product", "rename": {"spot": "PRICE"}},
        ),
        ("id;data_type;spot\n7;equity;1.5\n", {"delimiter": ";"}),
        ("id\tdata_type\tspot\n7\tequity\t1.5\n", {"format": "tsv"}),
        ("id,ref,data_type,spot\nq,7,equity,1.5\n", {"id": "ref", "rename": {"other": "id"}}),
    ],
)
def test_a_file_need_not_be_rewritten_to_be_submitted(read, content, said):
    (item,) = read(content, **said)
    assert {name: item[name] for name in ITEM} == ITEM
    assert item.get("other") == ("q" if "other" in said.get("rename", {}) else None)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"account_no": 7, "data_type": "equity", "spot": 1.5}, {"id": "account_no"}),
        ({"id": "7", "product": "equity", "price": 1.5}, {"data_type_from": "product", "rename": {"spot": "price"}}),
        ({"id": "7", "spot": 1.5}, {"data_type": "equity"}),
        ({"a": "7", "id": "equity", "spot": 1.5}, {"rename": {"id": "a", "data_type": "id"}}),
    ],
)
@pytest.mark.parametrize("name", ["b.jsonl", "b.json"])
def test_the_same_may_be_said_of_json(read, record, said, name):
    content = json.dumps([record] if name == "b.json" else record)
    assert read(content, name, **said) == [ITEM]


def test_the_columns_of_a_table_may_change_places(read):
    assert read("id,data_type,spot\nequity,7,1.5\n", rename={"id": "data_type", "data_type": "id"}) == [ITEM]


@pytest.mark.parametrize(
    ("content", "guesses"),
    [
        (
            "ID,Data_Type,spot\n7,equity,1.5\n",
            ["column 'ID' is read as 'id'", "column 'Data_Type' is read as 'data_type'"],
        ),
        (
            " id , data_type,spot\n7,equity,1.5\n",
            ["column ' id ' is read as 'id'", "column ' data_type' is read as 'data_type'"],
        ),
        ("CASEID,dataType,spot\n7,equity,1.5\n", ["column 'CASEID' is read as 'id'"]),
        ("caseId,dataType,spot\n7,equity,1.5\n", []),
        ("id,data_type,spot\n7,equity,1.5\n", []),
    ],
)
def test_names_are_matched_without_case_and_spaces_and_a_guess_is_told_in_one_line(read, content, guesses):
    notices = Tally()
    assert read(content, notices=notices) == [ITEM]
    assert [notice.split(": ")[1] for notice in notices.sentences()] == guesses


def test_a_guess_about_a_million_json_records_is_told_once(read):
    notices = Tally()
    lines = "".join(json.dumps({"ID": n, "data_type": "x"}) + "\n" for n in range(1000))
    assert len(read(lines, "b.jsonl", notices)) == 1000
    assert [notice.split(": ")[1] for notice in notices.sentences()] == ["column 'ID' is read as 'id'"]


def test_an_exact_name_wins_over_one_that_is_like_it(read):
    notices = Tally()
    assert read("ID,id,data_type\nx,7,equity\n", notices=notices) == [{"ID": "x", "id": "7", "data_type": "equity"}]
    assert not notices


@pytest.mark.parametrize(
    ("content", "said", "problem"),
    [
        ("a,data_type\n1,x\n2,x\n", {}, "line 1: no column 'id'; there is 'a', 'data_type'; name it: --id-from COLUMN"),
        (
            "id,b\n1,x\n",
            {},
            "line 1: no column 'data_type'; there is 'id', 'b'; name it: --data-type-from COLUMN, or --data-type TYPE",
        ),
        (
            "Id,ID,data_type\n1,2,x\n",
            {},
            "line 1: columns 'Id' and 'ID' could both be 'id'; say which: --id-from COLUMN",
        ),
        (
            "id,data_type\n1,x\n",
            {"id": "nr"},
            "no column 'nr' to read 'id' from; there is 'id', 'data_type'; name one that is there",
        ),
        ("id,data_type\n1,x\n", {"rename": {"spot": "price"}}, "no column 'price' to read 'spot' from; there is"),
        (
            "id,data_type\n1,x\n",
            {"text": ("isin",)},
            "line 1: no column 'isin'; there is 'id', 'data_type'; correct --text",
        ),
        (
            "id,data_type,nr\n1,x,2\n",
            {"id": "nr"},
            "line 1: column 'id' stands twice in the header; name each column once",
        ),
        (
            "id,data_type\n1,x\n",
            {"data_type": "y"},
            "there is a field 'data_type' already; give it another name with --map other=",
        ),
        ("\n\n,,\na,b\n1,2\n", {}, "line 4: no column 'id'; there is 'a', 'b'"),
    ],
)
def test_a_header_that_does_not_serve_is_told_once_with_the_columns_that_are_there(refused, content, said, problem):
    assert problem in refused(content, **said)[0]


def test_a_file_without_the_needed_columns_is_told_in_two_lines_however_long_it_is(refused):
    assert len(refused("a,b\n" + "1,2\n" * 1000)) == 2


def test_another_delimiter_is_seen(refused):
    assert "line 1: the header is one cell, with ';' in it; say --delimiter ';'" in refused("id;data_type\na;x\n")[-1]


def test_a_field_that_json_records_lack_is_told_once_with_the_fields_of_the_first(refused):
    (problem,) = refused('{"nr": 1, "data_type": "x"}\n' * 5, "b.jsonl")
    assert 'line 1: no usable "id" (got None); give every item' in problem
    assert "or name its field: --id-from FIELD; there is 'nr', 'data_type' (and 4 more: " in problem


@pytest.mark.parametrize("said", [{"id": "nr"}, {"data_type": "y"}, {"rename": {"spot": "price"}}])
def test_no_field_is_overwritten_unseen(refused, said):
    record = {"id": "1", "data_type": "x", "nr": 5, "spot": 1, "price": 2}
    assert "already; give it another name with --map other=" in refused(json.dumps(record), "b.jsonl", **said)[0]


def test_a_header_of_a_thousand_columns_is_told_in_part(refused):
    (problem, _) = refused(",".join(f"c{n}" for n in range(1000)) + "\n")
    assert "'c19' and 980 more" in problem and len(problem) < 500


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"data_type": "x", "data_type_from": "y"}, "the data type is named twice"),
        ({"data_type": "x", "data_type_from_key": "(y)"}, "the data type is named twice"),
        ({"data_type_from_key": "product=.*/"}, "no regular expression with one group; name what takes the data type"),
        ({"data_type_from_key": "(product"}, "no regular expression with one group"),
        ({"id": "a", "rename": {"id": "b"}}, "--map names a field that --id-from or --data-type-from names too"),
        ({"id": "a", "rename": {"spot": "a"}}, "column 'a' is to become two fields"),
        ({"text": ("a",), "number": ("a",)}, "column 'a' is named in --text and in --number"),
        ({"encoding": "klingon"}, "there is no encoding 'klingon'"),
        ({"encoding": "rot13"}, "there is no encoding 'rot13'"),
        ({"encoding": "a\0b"}, "there is no encoding"),
        ({"delimiter": ";;"}, "';;' cannot separate cells"),
        ({"delimiter": '"'}, "cannot separate cells"),
        ({"format": "xls"}, "there is no format 'xls'; name one of jsonl, csv, tsv, json"),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_read(said, words):
    with pytest.raises(InputRefused, match=words):
        Reading(**said)


def test_a_reading_is_sent_as_json_and_comes_back_the_same():
    reading = Reading(id="a", rename={"spot": "price"}, text=("isin",), delimiter=";")
    assert reading.as_json() == {"id": "a", "rename": {"spot": "price"}, "text": ["isin"], "delimiter": ";"}
    assert reading_of(json.loads(json.dumps(reading.as_json()))) == reading
    assert reading_of(None) == Reading() and Reading().as_json() == {}


@pytest.mark.parametrize(
    "given", [5, [], {"ids": "a"}, {"id": 5}, {"text": "isin"}, {"rename": {"a": 1}}, {"rename": []}]
)
def test_a_reading_that_cannot_be_understood_is_refused(given):
    with pytest.raises(InputRefused, match='"reading"'):
        reading_of(given)


@pytest.mark.parametrize(
    ("usual", "said", "both"),
    [
        ({"id": "nr", "rename": {"spot": "price"}}, {}, {"id": "nr", "rename": {"spot": "price"}}),
        ({"id": "nr", "text": ("isin",)}, {"id": "no"}, {"id": "no", "text": ("isin",)}),
        (
            {"rename": {"spot": "price", "rate": "r"}},
            {"rename": {"spot": "last"}},
            {"rename": {"spot": "last", "rate": "r"}},
        ),
        ({"data_type_from": "product"}, {"data_type": "equity"}, {"data_type": "equity"}),
        ({"data_type": "equity"}, {"rename": {"data_type": "product"}}, {"rename": {"data_type": "product"}}),
    ],
)
def test_what_is_said_of_an_input_stands_over_what_is_usual(usual, said, both):
    assert Reading(**said).over(Reading(**usual)) == Reading(**both)


def test_a_job_type_has_the_reading_that_is_deployed_for_it(cloud):
    body = json.dumps({"id": "nr", "text": ["isin"]}).encode()
    cloud.s3.put_object(Bucket=cloud.bucket, Key="readings/valuation.json", Body=body)
    assert usual_reading(cloud.s3, cloud.bucket, "valuation") == Reading(id="nr", text=("isin",))
    assert usual_reading(cloud.s3, cloud.bucket, "other") == usual_reading(cloud.s3, cloud.bucket, "") == Reading()
