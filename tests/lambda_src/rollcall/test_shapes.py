"""What a calculation declares of its item: the schema it is published as, and what the calculation is called with."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Literal, NotRequired, TypedDict

import fastjsonschema
import pytest
from pydantic import BaseModel, ConfigDict

from rollcall.calculations import Job, with_job, with_shape
from rollcall.shapes import schema_of, shape_of


class Side(Enum):
    CALL = "call"
    PUT = "put"


@dataclass
class Leg:
    strike: float
    side: Side


@dataclass
class Option:
    id: str
    legs: list[Leg]
    quantity: int
    expiry: date
    note: str | None
    tags: dict[str, int] = field(default_factory=dict)
    rate: float = 0.03


class Bond(TypedDict):
    price: float
    kind: NotRequired[Literal["fixed", "floating"]]


class Swap(BaseModel):
    model_config = ConfigDict(extra="forbid")
    notional: int
    legs: list[str] = []


OPTION = {
    "id": "a",
    "data_type": "option",
    "legs": [{"strike": 1, "side": "put"}],
    "quantity": 2,
    "expiry": "2026-12-18",
    "more": 1,
}


def option(item: Option) -> dict:
    return {"item": item}


def bond(item: Bond, job: Job) -> dict:
    return {"item": item, "job": job.id}


def swap(item: Swap) -> dict:
    return {"item": item}


def called(function, item: dict):
    return with_shape(function, with_job(function))(item, Job("j", ""))["item"]


def test_a_dataclass_is_made_of_an_item_with_all_that_is_in_it():
    assert called(option, OPTION) == Option("a", [Leg(1, Side.PUT)], 2, date(2026, 12, 18), None)


def test_a_typed_dictionary_is_the_item_itself():
    assert called(bond, item := {"id": "a", "data_type": "bond", "price": 1}) is item


def test_a_model_is_validated_without_the_names_it_does_not_know():
    assert called(swap, {"id": "a", "data_type": "swap", "notional": 5}) == Swap(notional=5)
    with pytest.raises(ValueError, match="surplus"):
        called(swap, {"id": "a", "data_type": "swap", "notional": 5, "surplus": 1})


@pytest.mark.parametrize("annotation", [dict, dict[str, Any], Any, None, "Unknown"])
def test_what_declares_nothing_gets_the_item_as_it_is(annotation):
    def calculate(item):
        return {"item": item}

    if annotation:
        calculate.__annotations__["item"] = annotation
    assert shape_of(calculate) is None
    assert called(calculate, item := {"id": "a"}) is item


@pytest.mark.parametrize(
    ("function", "item"),
    [
        (option, OPTION),
        (bond, {"id": "a", "data_type": "bond", "price": 1.5}),
        (swap, {"id": "a", "data_type": "swap", "notional": 5}),
    ],
)
def test_the_schema_takes_what_fits_and_nothing_else(function, item):
    check = fastjsonschema.compile(shape_of(function).schema, use_default=False)
    check(item)
    for name in set(item) - {"id", "data_type", "more"}:
        for wrong in ({**item, name: [None]}, {key: value for key, value in item.items() if key != name}):
            with pytest.raises(fastjsonschema.JsonSchemaValueException, match=name):
                check(wrong)


def test_the_schema_of_each_annotation():
    assert schema_of(str | None) == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert schema_of(dict[str, list[bool]]) == {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "boolean"}},
    }
    assert (
        schema_of(Side) == {"enum": ["call", "put"]} and schema_of(Any) == {} and schema_of(list) == {"type": "array"}
    )
    assert schema_of(date) == {"type": "string", "format": "date"}
    record = schema_of(Option)
    assert record["required"] == ["id", "legs", "quantity", "expiry"] and record["title"] == "Option"


def test_what_json_cannot_hold_is_refused_where_the_calculation_is_registered():
    with pytest.raises(TypeError, match="bytes.* has no JSON Schema here; use types of JSON, or write item.sch"):
        schema_of(list[bytes])
