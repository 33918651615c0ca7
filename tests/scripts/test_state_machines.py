"""What `make lint` validates: every file of asl/, every environment's state machine, every engine beside events."""

import json
import sys
from pathlib import Path

import pytest
from tests.asl.machines import definitions

import state_machines
from rollcall_deploy.errors import Refused

ENVIRONMENTS = {"local", "dev", "staging", "prod"}
BESIDE_EVENTS = {f"events-and-{engine}" for engine in state_machines.ENGINES}


def validator(folder: Path, exit_code: int = 0) -> list[str]:
    """A stand-in for asl-validator that writes down what it is given."""
    program = folder / "validator.py"
    program.write_text(
        "import pathlib, sys\n"
        f"pathlib.Path({str(folder / 'given')!r}).write_text(' '.join(sys.argv[1:]))\n"
        f"print('State A is not reachable', file=sys.stderr)\nsys.exit({exit_code})\n"
    )
    return [sys.executable, str(program)]


@pytest.fixture
def composed_before(monkeypatch):
    monkeypatch.setattr(state_machines, "compose", lambda sets, folder: {name: definitions()[name] for name in sets})


def test_an_environment_has_the_engines_of_its_tfvars_or_else_terraform_s_default():
    sets = state_machines.engine_sets()
    assert sets.keys() == ENVIRONMENTS | BESIDE_EVENTS
    assert sets["prod"] == ["events"]
    assert sorted(sets["local"]) == state_machines.ENGINES
    assert sets["events-and-map"] == ["events", "map"]


def test_all_files_and_all_that_terraform_makes_of_them_are_given_to_the_validator(tmp_path, composed_before):
    files = len(list((state_machines.ROOT / "asl").rglob("*.json")))
    (tmp_path / "terraform").mkdir()
    assert state_machines.check(validator(tmp_path), tmp_path) == files + len(ENVIRONMENTS | BESIDE_EVENTS)
    given = (tmp_path / "given").read_text()
    assert given.count("--json-path") == files + len(ENVIRONMENTS | BESIDE_EVENTS)
    assert json.loads((tmp_path / "prod.asl.json").read_text()) == json.loads(definitions()["prod"])
    assert "prod.asl.json" in given and "asl/engines/events.asl.json" in given


def test_what_the_validator_finds_is_shown(tmp_path, composed_before):
    with pytest.raises(Refused, match="State A is not reachable"):
        state_machines.check(validator(tmp_path, exit_code=1), tmp_path)


def test_what_terraform_cannot_put_together_is_shown_in_its_words(tmp_path):
    with pytest.raises(Refused, match=r"(?s)^asl/ cannot be put together: Terraform refused `apply`.*mop\.asl\.json"):
        state_machines.compose({"mine": ["mop"]}, tmp_path)
