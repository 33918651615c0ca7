"""Recorded calls, held against the newest service models: members, types, enumerated values, sizes, deprecations."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from rollcall_facts.errors import Unreadable
from rollcall_facts.models import Models


def read(file: Path) -> list[dict]:
    """The distinct lines of a recording: [{"service", "operation", "parameters"}]. Raises Unreadable."""
    lines = dict.fromkeys(file.read_text(encoding="utf-8").splitlines())
    try:
        found = [json.loads(line) for line in lines]
        for each in found:
            each["service"], each["operation"], each["parameters"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{file}: not a recording of calls ({error!r}); delete it and run: make facts") from error
    return found


def operations(recorded: list[dict]) -> set[str]:
    return {f"{each['service']}:{each['operation']}" for each in recorded}


def mistakes(recorded: list[dict], models: Models) -> list[str]:
    """A sentence for each thing the newest model does not allow; each once, however often it was called."""
    return list(dict.fromkeys(words for each in recorded for words in of_call(each, models)))


def of_call(call: dict, models: Models) -> Iterator[str]:
    place = f"{call['service']}:{call['operation']}"
    try:
        model = service_model(models, call["service"])
    except Unreadable as error:
        yield f"{place}: {error}; find out what took its place"
        return
    if call["operation"] not in model.operation_names:
        yield f"{place}: there is no such operation in botocore {models.version}; find out what took its place"
        return
    operation = model.operation_model(call["operation"])
    if operation.deprecated:
        yield f"{place}: deprecated in botocore {models.version}; find out what takes its place"
    if operation.input_shape is None:
        return
    parameters = revived(call["parameters"])
    report = ParamValidator().validate(parameters, operation.input_shape)
    if report.has_errors():
        yield from (f"{place}: {each} (botocore {models.version})" for each in report.generate_report().splitlines())
    else:
        yield from (
            f"{place}: {each} (botocore {models.version})" for each in beyond(parameters, operation.input_shape, "")
        )


@cache
def service_model(models: Models, service: str) -> ServiceModel:
    return ServiceModel(models.model(service), service)


def beyond(value: Any, shape: Any, path: str) -> Iterator[str]:
    """What ParamValidator lets pass: values that are not enumerated, and more than a maximum."""
    most = shape.metadata.get("max")
    size = value if shape.type_name in ("integer", "long", "float", "double") else None
    size = len(value) if size is None and hasattr(value, "__len__") else size
    if most is not None and size is not None and size > most:
        yield f"{path} is {size:,}, or as long, and may be {most:,} at most"
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is {value!r} and may be {', '.join(shape.enum)}"
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from beyond(inner, shape.members[name], f"{path}.{name}" if path else name)
    elif shape.type_name == "list":
        for inner in value:
            yield from beyond(inner, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from beyond(key, shape.key, f"{path}'s key")
            yield from beyond(inner, shape.value, f"{path}[{key}]")


def revived(value: object) -> Any:
    """Parameters as they were called with, as to type and length."""
    match value:
        case {"$text": str() as text, "length": int() as length}:
            return text.ljust(length, "x")
        case {"$bytes": int() as length}:
            return bytes(length)
        case {"$other": "datetime"}:
            return datetime.now(UTC)
        case {"$other": _}:
            return BytesIO()
        case dict():
            return {name: revived(inner) for name, inner in value.items()}
        case list():
            return [revived(inner) for inner in value]
        case _:
            return value
