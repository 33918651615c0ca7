"""The JSON Schemas that calculations declare of their items, written to where the deployment publishes them from."""

import inspect
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import fastjsonschema

from rollcall import calculations
from rollcall.shapes import named, shape_of

BESIDE = "item.schema.json"


def write_schemas(folder: Path, roots: Iterable[Path]) -> int:
    """Write <data type>.json of each data type that has one, and remove others; how many there are.

    Calculations are imported from the roots, those that were added since the virtual environment was made too.
    """
    sys.path[:0] = map(str, roots)
    declared = {name: schema for name, function in calculations.functions().items() if (schema := schema_of(function))}
    for module, reason in calculations.broken().items():
        print(f"{module} could not be imported ({reason}); what it declares of its items is not known", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in {*folder.glob("*.json")} - {folder / f"{name}.json" for name in declared}:
        stale.unlink()
    for name, schema in sorted(declared.items()):
        (folder / f"{name}.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
    return len(declared)


def schema_of(function: Callable) -> dict | None:
    """What a calculation declares, on its parameter or in a file beside it.

    Raises SystemExit for what is declared twice, or is no JSON Schema that can be checked.
    """
    shape, file = shape_of(function), Path(inspect.getfile(function)).parent / BESIDE
    if shape and file.exists():
        raise SystemExit(f"{file}: {function.__name__} declares its item too; keep one of the two")
    if shape is None and not file.exists():
        return None
    try:
        schema = shape.schema if shape else named(json.loads(file.read_text(encoding="utf-8")))
        check_references(schema)
        fastjsonschema.compile(schema)
    except (ValueError, AttributeError, TypeError, fastjsonschema.JsonSchemaDefinitionException) as error:
        where = file if shape is None else f"{inspect.getfile(function)}, {function.__name__}"
        raise SystemExit(f"{where}: no JSON Schema that items can be checked by ({error}); correct it") from error
    return schema


def check_references(schema: object) -> None:
    """Raises ValueError for one that leads out of the schema: it would be fetched whenever items are checked."""
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and not str(schema.get("$ref", "#")).startswith("#"):
        raise ValueError(f"$ref {schema['$ref']!r} leads to another file")
    for each in inner:
        check_references(each)
