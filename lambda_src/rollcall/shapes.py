"""The shape of its items that a calculation declares on its parameter: as JSON Schema, and how it is made of an item.

A dataclass, a TypedDict or a Pydantic model is one; `dict`, and no annotation, declare nothing.
"""

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

DRAFT = "http://json-schema.org/draft-07/schema#"
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
DATES = {date: "date", datetime: "date-time"}
NAMES = ("id", "data_type")  # what every item has


@dataclass(frozen=True)
class Shape:
    """A JSON Schema, and what makes of an item that fits it what the calculation is called with."""

    schema: dict
    make: Callable[[dict], Any]


def shape_of(function: Callable) -> Shape | None:
    """The shape that the first parameter declares; raises TypeError for a field that JSON cannot hold."""
    first = next(iter(inspect.signature(function).parameters), "")
    try:
        declared: Any = typing.get_type_hints(function, include_extras=True).get(first)
    except (NameError, TypeError):  # names for a type checker alone
        return None
    if is_model(declared):
        fields = declared.model_fields
        return Shape(named(declared.model_json_schema()), lambda item: declared.model_validate(without(item, fields)))
    if is_record(declared):
        schema = {"$schema": DRAFT, **schema_of(declared)}
        return Shape(named(schema), lambda item: made(declared, item))
    return None


def is_model(declared: Any) -> bool:
    """Whether it is a model of Pydantic, which is not needed to find out."""
    return inspect.isclass(declared) and hasattr(declared, "model_json_schema") and hasattr(declared, "model_validate")


def is_record(declared: Any) -> bool:
    return typing.is_typeddict(declared) or (inspect.isclass(declared) and dataclasses.is_dataclass(declared))


def named(schema: dict) -> dict:
    """The schema of the whole item, whose names are allowed though a model forbids what it does not know."""
    names = {name: {"type": "string"} for name in NAMES}
    return schema | {"properties": names | schema.get("properties", {})}


def without(item: dict, fields: typing.Container[str]) -> dict:
    return {name: value for name, value in item.items() if name in fields or name not in NAMES}


def schema_of(declared: Any) -> dict:
    """The JSON Schema of an annotation; raises TypeError for what JSON cannot hold."""
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if origin in (typing.Annotated, typing.Required, typing.NotRequired):
        return schema_of(arguments[0])
    if declared in PLAIN:
        return {"type": PLAIN[declared]}
    if declared in DATES:
        return {"type": "string", "format": DATES[declared]}
    if declared in (Any, object, dict, list):
        return {} if declared in (Any, object) else {"type": "object" if declared is dict else "array"}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [schema_of(each) for each in arguments]}
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict and arguments[0] is str:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if inspect.isclass(declared) and issubclass(declared, Enum):
        return {"enum": [each.value for each in declared]}
    if is_record(declared):
        return schema_of_record(declared)
    raise TypeError(f"{declared!r} has no JSON Schema here; use types of JSON, or write item.schema.json beside it")


def schema_of_record(declared: Any) -> dict:
    hints = typing.get_type_hints(declared, include_extras=True)
    if typing.is_typeddict(declared):
        required = [name for name in hints if name in declared.__required_keys__]
    else:
        fields = [field for field in dataclasses.fields(declared) if field.init]
        hints = {field.name: hints[field.name] for field in fields}
        required = [field.name for field in fields if not may_be_missing(field, hints[field.name])]
    properties = {name: schema_of(hint) for name, hint in hints.items()}
    return {"type": "object", "title": declared.__name__, "properties": properties, "required": required}


def may_be_missing(field: dataclasses.Field, hint: Any) -> bool:
    """A field with a default, or that may be None: an empty cell of a table is no field at all."""
    return has_default(field) or type(None) in typing.get_args(hint)


def has_default(field: dataclasses.Field) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def made(declared: Any, value: Any) -> Any:
    """A value of JSON as its annotation has it: dataclasses, enums and dates in it are made."""
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if inspect.isclass(declared) and dataclasses.is_dataclass(declared):
        return made_dataclass(declared, value)
    if origin in (typing.Union, types.UnionType) and value is not None:
        others = [each for each in arguments if each is not type(None)]
        return made(others[0], value) if len(others) == 1 else value
    if origin is list:
        return [made(arguments[0], each) for each in value]
    if declared in DATES:
        return declared.fromisoformat(value)
    return declared(value) if inspect.isclass(declared) and issubclass(declared, Enum) else value


def made_dataclass(declared: Any, value: dict) -> Any:
    hints = typing.get_type_hints(declared)
    fields = [field for field in dataclasses.fields(declared) if field.init]
    empty = [field.name for field in fields if not has_default(field) and may_be_missing(field, hints[field.name])]
    found = {field.name: made(hints[field.name], value[field.name]) for field in fields if field.name in value}
    return declared(**dict.fromkeys(empty) | found)
