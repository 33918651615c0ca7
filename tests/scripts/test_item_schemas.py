"""What calculations declare of their items is written where the deployment publishes it from."""

import json
import re

import pytest

from item_schemas import BESIDE, write_schemas
from rollcall import calculations
from rollcall.calculations import Job
from rollcall_client.environment import ROOT

BOND = """
from typing import TypedDict
from rollcall.calculations import calculation

class Bond(TypedDict):
    price: float

@calculation("bond")
def value_bond(item: Bond) -> dict:
    return {}
"""
PLAIN = BOND.replace("item: Bond", "item: dict")


@pytest.fixture
def written(tmp_path, monkeypatch):
    """written(code of a calculation, schema beside it): the schemas of it, by file name."""

    def do(code: str, beside: str | None = None) -> dict[str, dict]:
        file = tmp_path / "value_bond" / "calculation.py"
        file.parent.mkdir()
        file.write_text(code)
        if beside is not None:
            (file.parent / BESIDE).write_text(beside)
        monkeypatch.setattr(calculations, "load_all", lambda: None)
        for registry in ("_registry", "_functions"):
            monkeypatch.setattr(calculations, registry, {})
        exec(compile(code, file, "exec"), {"__name__": "value_bond.calculation"})
        (tmp_path / "schemas").mkdir()
        (tmp_path / "schemas" / "gone.json").touch()
        assert write_schemas(tmp_path / "schemas", []) == len(list((tmp_path / "schemas").iterdir()))
        return {path.name: json.loads(path.read_text()) for path in (tmp_path / "schemas").iterdir()}

    return do


def test_what_a_parameter_declares_is_written_and_what_is_gone_removed(written):
    schemas = written(BOND)
    assert schemas.keys() == {"bond.json"} and schemas["bond.json"]["properties"]["price"] == {"type": "number"}


def test_a_schema_beside_a_calculation_is_its_contract(written):
    schemas = written(PLAIN, '{"properties": {"price": {"type": "number"}}, "additionalProperties": false}')
    assert schemas["bond.json"]["properties"].keys() == {"id", "data_type", "price"}


def test_a_calculation_that_declares_nothing_has_no_schema(written):
    assert written(PLAIN) == {}


@pytest.mark.parametrize(
    ("code", "beside", "words"),
    [
        (BOND, "{}", "item.schema.json: value_bond declares its item too; keep one of the two"),
        (PLAIN, "{", "item.schema.json: no JSON Schema that items can be checked by"),
        (PLAIN, "[]", "item.schema.json: no JSON Schema that items can be checked by"),
        (PLAIN, '{"type": "money"}', "item.schema.json: no JSON Schema that items can be checked by"),
        (PLAIN, '{"properties": {"a": {"$ref": "http://x/y"}}}', "'http://x/y' leads to another file"),
    ],
)
def test_what_cannot_be_a_contract_is_refused_by_the_build(written, code, beside, words):
    with pytest.raises(SystemExit, match=words):
        written(code, beside)


def test_a_module_that_cannot_be_imported_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(calculations, "load_all", lambda: None)
    monkeypatch.setattr(calculations, "_broken", {"value_bond.calculation": "ImportError: no numpy"})
    write_schemas(tmp_path, [])
    assert "value_bond.calculation could not be imported (ImportError: no numpy)" in capsys.readouterr().err


def test_those_of_the_platform_are_built(tmp_path):
    write_schemas(tmp_path, [])
    assert json.loads((tmp_path / "probe.json").read_text())["title"] == "Probe"


def test_the_calculation_that_the_documents_show_has_its_contract(written):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "inputs.md").read_text(), re.DOTALL)
    schema = written(code)["bond.json"]
    assert schema["properties"]["price"] == {"type": "number"} and schema["required"] == ["quantity", "price", "isin"]
    item = {"id": "b1", "data_type": "bond", "quantity": 200, "price": 99, "isin": "80331"}
    assert calculations.find("bond")(item, Job("job", "")) == {"value": 198.0}
