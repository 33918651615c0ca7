"""What the README shows works as it is written there."""

import importlib
import re
import shlex
import sys
from pathlib import Path

import hcl2
import pytest
from tests.end_to_end.commands import PYTHON

from rollcall import calculations
from rollcall.calculations import Job
from rollcall_client.environment import ROOT
from rollcall_client.offline_routes import plain

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for kind, text in BLOCKS if not kind for line in text.splitlines()]


def test_every_command_line_it_shows_runs(cloud):
    lines = [line for line in COMMANDS if line.startswith(".venv/bin/")]
    assert len(lines) >= 6
    for line in lines:
        program, *arguments = shlex.split(line)
        done = cloud.run(str(Path(PYTHON).parent / Path(program).name), *arguments)
        assert done.code == 0, f"{line}\n{done.out}{done.err}"


@pytest.fixture
def shown_calculation(tmp_path, monkeypatch):
    """The files of "Add a calculation", written where their first line says."""
    for kind, text in BLOCKS:
        if kind == "python":
            path = tmp_path / text.splitlines()[0].removeprefix("# lambda_src/calculations/")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(calculations, "_registry", {})
    monkeypatch.setattr(calculations, "load_all", lambda: None)
    yield importlib.import_module("value_bond.handler")
    for name in [name for name in sys.modules if name.startswith("value_bond")]:
        del sys.modules[name]


def test_the_calculation_it_shows_is_one(shown_calculation):
    assert callable(shown_calculation.handler)
    item = {"id": "a", "data_type": "bond.us", "quantity": 200, "price": 99}
    assert calculations.find("bond.us")(item, Job("job", "")) == {"value": 198.0}


def test_the_route_it_shows_is_whole():
    (entry,) = [text for kind, text in BLOCKS if kind == "hcl" and "routes" in text]
    assert plain(hcl2.loads(entry))["routes"]["equity.us"]["lambda"] == {"function": "value_equity", "memory_mb": 512}
