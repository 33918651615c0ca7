"""Contracts: items of a data type are what its calculation declares; cells are read by what is declared."""

import json

import pytest

from rollcall.errors import InputRefused
from rollcall.intake.contracts import Contracts, built_contracts, published_contracts
from rollcall.intake.items import read_items
from rollcall.intake.problems import Tally
from rollcall.intake.reading import Reading
from rollcall.intake.sources import FileSource, InlineSource

BOND = {
    "type": "object",
    "properties": {
        "price": {"type": "number"},
        "isin": {"type": "string"},
        "callable": {"type": "boolean"},
        "units": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "side": {"enum": ["1", "2"]},
        "legs": {"type": "array", "items": {"type": "object", "required": ["rate"]}},
    },
    "required": ["price"],
}
SCHEMAS = {"bond": BOND, "bond.note": {"type": "object", "properties": {"isin": {"type": "number"}}}}
CONTRACTS = Contracts(SCHEMAS, SCHEMAS.__getitem__)


@pytest.fixture
def read(tmp_path):
    """read(text of a table, what is said of it): its items, of bonds."""

    def do(table: str, notices: Tally | None = None, **said) -> list[dict]:
        (path := tmp_path / "b.csv").write_text(table)
        return list(read_items(FileSource(str(path), reading=Reading(**said)), notices, CONTRACTS))

    return do


def inline(**fields) -> list[dict]:
    return list(read_items(InlineSource([{"id": "a", "data_type": "bond", **fields}]), None, CONTRACTS))


def test_cells_are_read_by_the_declared_types(read):
    notices = Tally()
    text = "id,data_type,price,isin,callable,units,side\na,bond,0.10,80331,TRUE,007,1\nb,bond,1E5,01234,false,,2\n"
    assert read(text, notices) == [
        {**{"id": "a", "data_type": "bond", "price": 0.1, "isin": "80331"}, "callable": True, "units": 7, "side": "1"},
        {"id": "b", "data_type": "bond", "price": 100000.0, "isin": "01234", "callable": False, "side": "2"},
    ]
    assert not notices


def test_of_several_data_types_in_a_table_each_has_its_own(read):
    text = "id,data_type,price,isin\na,bond,1,5\nb,bond.note,1,5\nc,bond.long,1,5\nd,share,1,5\n"
    assert [item["isin"] for item in read(text)] == ["5", 5, "5", 5]


def test_a_data_type_named_for_all_has_its_contract_too(read):
    assert read("id,price,isin\na,0.10,5\n", data_type="bond") == [
        {"id": "a", "data_type": "bond", "price": 0.1, "isin": "5"}
    ]


def test_what_the_submitter_says_of_a_column_stands(read):
    with pytest.raises(InputRefused, match="line 2: item 'a' is no 'bond': price must be number, and is '1'"):
        read("id,data_type,price\na,bond,1\n", text=("price",))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,bond,x,1,true", "line 2: cell 'x' of column 'price' is not a number .*what its data type declares"),
        ("a,bond,1,1,yes", "line 2: cell 'yes' of column 'callable' is neither true nor false; correct it"),
        ("a,bond,,1,true", "line 2: item 'a' is no 'bond': it must contain .'price'. properties"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_line_and_field(read, row, words):
    with pytest.raises(InputRefused, match=words):
        read(f"id,data_type,price,isin,callable\n{row}\n")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "item 1: item 'a' is no 'bond': it must contain .'price'. properties.*; see rollcall schema bond"),
        ({"price": "1"}, "item 1: item 'a' is no 'bond': price must be number, and is '1'; see rollcall schema bond"),
        ({"price": 1, "side": "3"}, "side must be one of .'1', '2'., and is '3'"),
        ({"price": 1, "legs": [{"rate": 1}, {}]}, r"legs\[1\] must contain .'rate'. properties"),
    ],
)
def test_an_item_that_does_not_fit_is_refused_with_place_and_field(fields, words):
    with pytest.raises(InputRefused, match=words):
        inline(**fields)


def test_what_fits_is_taken_as_it_is():
    assert inline(price=1, units=None, more=[1]) == [
        {"id": "a", "data_type": "bond", "price": 1, "units": None, "more": [1]}
    ]


def test_problems_of_one_field_are_told_once_with_their_number():
    items = [{"id": str(n), "data_type": "bond", "price": "x"} for n in range(9)]
    with pytest.raises(InputRefused, match="item 1: .* .and 8 more: item 2, item 3, item 4, …") as refused:
        list(read_items(InlineSource(items), None, CONTRACTS))
    assert len(refused.value.problems) == 1


def test_published_and_built_ones_are_found_by_data_type(cloud, tmp_path):
    for name, schema in SCHEMAS.items():
        cloud.s3.put_object(Bucket=cloud.bucket, Key=f"schemas/{name}.json", Body=json.dumps(schema).encode())
        (tmp_path / f"{name}.json").write_text(json.dumps(schema))
    for contracts in (published_contracts(cloud.s3, cloud.bucket), built_contracts(tmp_path)):
        assert contracts.of("bond.note.x").schema == SCHEMAS["bond.note"]
        assert contracts.of("bond.x").schema == BOND and contracts.of("bonds") is None
