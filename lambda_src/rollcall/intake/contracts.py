"""Contracts: the JSON Schemas that items of a data type must fit, as they are published in the bucket."""

import json
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastjsonschema

from rollcall.intake.problems import Problem, shown

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PREFIX = "schemas/"
ENDING = ".json"
KINDS = {"string": "text", "number": "number", "integer": "number", "boolean": "boolean"}


class Contract:
    """What items of a data type must be."""

    def __init__(self, data_type: str, schema: dict):
        self.data_type, self.schema = data_type, schema

    @cached_property
    def validate(self) -> Callable[[dict], Any]:
        return fastjsonschema.compile(self.schema, use_default=False)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """{field: "text", "number" or "boolean"}: how the cells of a table are read."""
        found = {name: kind_of(declared) for name, declared in self.schema.get("properties", {}).items()}
        return {name: kind for name, kind in found.items() if kind}

    def check(self, item: dict) -> Problem | None:
        try:
            self.validate(item)
        except fastjsonschema.JsonSchemaValueException as error:
            name = error.name or "data"
            field, told = name.removeprefix("data").lstrip("."), error.message.removeprefix(name).strip()
            text = (
                f"item {item['id']!r:.60} is no {self.data_type!r}: {field or 'it'} {told}, and is {shown(error.value)}"
            )
            return Problem(text, f"see rollcall schema {self.data_type}", f"{self.data_type} {field} {error.rule}")
        return None


def kind_of(declared: Any) -> str:
    """The kind of the values of a property; "" where it may be of several, or of none of a table's."""
    if not isinstance(declared, dict):
        return ""
    if "enum" in declared:
        return "text" if all(isinstance(each, str) for each in declared["enum"]) else ""
    options = declared.get("anyOf") or [declared]
    types = {each for option in options for each in listed(option.get("type"))} - {"null"}
    kinds = {KINDS.get(each, "") for each in types}
    return kinds.pop() if len(kinds) == 1 else ""


def listed(types: Any) -> list:
    return types if isinstance(types, list) else [types]


class Contracts:
    """Those that there are, by data type; each is read when it is first asked for."""

    def __init__(self, names: Iterable[str] = (), read: Callable[[str], dict] | None = None):
        self.names, self.read = frozenset(names), read
        self.known: dict[str, Contract | None] = {}

    def __bool__(self) -> bool:
        return bool(self.names)

    def of(self, data_type: str) -> Contract | None:
        """That of the calculation that serves a data type: its own, or else that of the nearest above it."""
        if data_type not in self.known:
            name = data_type
            while name and name not in self.names:
                name = name.rpartition(".")[0]
            self.known[data_type] = Contract(name, self.read(name)) if name and self.read else None
        return self.known[data_type]

    def check(self, item: dict) -> Problem | None:
        """What keeps an item from being one of its data type, if anything does."""
        contract = self.of(item["data_type"])
        return contract.check(item) if contract else None

    def kinds(self, data_type: str) -> dict[str, str]:
        contract = self.of(data_type)
        return contract.kinds if contract else {}


NONE = Contracts()


def published_contracts(s3: "S3Client", bucket: str) -> Contracts:
    """Those of a deployment."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def read(name: str) -> dict:
        return json.load(s3.get_object(Bucket=bucket, Key=f"{PREFIX}{name}{ENDING}")["Body"])

    return Contracts((key.removeprefix(PREFIX).removesuffix(ENDING) for key in keys), read)


def built_contracts(folder: Path) -> Contracts:
    """Those that were built, whether they are deployed or not."""

    def read(name: str) -> dict:
        return json.loads((folder / f"{name}{ENDING}").read_text(encoding="utf-8"))

    return Contracts((path.name.removesuffix(ENDING) for path in folder.glob(f"*{ENDING}")), read)
