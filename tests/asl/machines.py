"""The state machines as Terraform puts them together, one run of it for all of them, and ways through their states."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from rollcall.engines import Engine
from state_machines import ENGINES, ROOT, compose, engine_sets

ASL = ROOT / "asl"
EVERY = "every"
ENVIRONMENTS = ["local", "dev", "staging", "prod"]


@cache
def definitions() -> dict[str, str]:
    """Name => text, of what lint validates and of all engines together."""
    with TemporaryDirectory() as folder:
        return compose({**engine_sets(), EVERY: ENGINES}, Path(folder))


def composed(name: str) -> dict:
    """The machine of an environment, of an engine beside events, or of EVERY engine."""
    return json.loads(definitions()[f"events-and-{name}" if name in ENGINES else name])


def written(file: str) -> dict:
    return json.loads((ASL / f"{file}.asl.json").read_text())


def engine(name: str) -> dict:
    return written(f"engines/{name}")


def own_states(name: str) -> dict[str, dict]:
    """An engine's states without those that it shares or that only stand for the frame's."""
    shared = {"RecordAnswers", *written("job")["States"]}
    return {state: found for state, found in engine(name)["States"].items() if state not in shared}


def scopes(machine: dict) -> Iterator[dict]:
    """The machine itself and every machine inside its Maps and Parallels: each with a StartAt and States."""
    yield machine
    for state in machine["States"].values():
        for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from scopes(inner)


def states(machine: dict) -> list[tuple[str, dict]]:
    """(name, state) of every state, also of those inside others; a name may come twice."""
    return [found for scope in scopes(machine) for found in scope["States"].items()]


def tasks(machine: dict) -> dict[str, dict]:
    return {name: state for name, state in states(machine) if state["Type"] == "Task"}


SAFE = [name for name in ENGINES if name != Engine.EVENTS_PER_ITEM]
