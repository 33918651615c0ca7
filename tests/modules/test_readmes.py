"""Each module says what it is for, and names nothing that it has not."""

import re
from pathlib import Path

import pytest
from tests.terraform.running import ROOT

MODULES = sorted(folder for folder in (ROOT / "modules").iterdir() if folder.is_dir())
ELSEWHERE = {folder.name for folder in MODULES} | {"events_per_item"}


def declared(module: Path, kind: str) -> set[str]:
    return {name for file in module.glob("*.tf") for name in re.findall(rf'(?m)^{kind} "(\w+)"', file.read_text())}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_has_a_short_readme_whose_inputs_and_outputs_are_there(module):
    text = (module / "README.md").read_text()
    assert text.startswith(f"# {module.name}\n")
    assert len(text.splitlines()) <= 15 and max(map(len, text.splitlines())) <= 120
    _, _, taken = text.partition("**In.**")
    taken, _, given = taken.partition("**Out.**")
    for words, kind in ((taken, "variable"), (given, "output")):
        named = set(re.findall(r"`([a-z_]+)`", words)) - ELSEWHERE
        assert named <= declared(module, kind), f"{module.name}: no such {kind}"
    assert bool(given) == bool(declared(module, "output"))
