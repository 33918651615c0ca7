"""Step Functions: definitions that AWS refuses are refused when they are written, not found out when they run.

AWS, "CreateStateMachine" and "ValidateStateMachineDefinition": a state machine, and each inside its Maps and Parallels,
has a StartAt; every transition leads to a state beside it; every state is reached.
"""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions

from embedded_cloud.extension.replacing import around, instead


class Fault(NamedTuple):
    """In AWS's words; the location is a path into the definition, such as /States/A/Next."""

    code: str
    message: str
    location: str


@around(stepfunctions, "_create_state_machine", "_update_state_machine")
def refuse_invalid(write: Callable, request: dict) -> tuple:
    found = faults(request["definition"]) if "definition" in request else []
    if not found:
        return write(request)
    told = ", ".join(f"{fault.code}: {fault.message} at {fault.location}" for fault in found)
    return error_response_json("InvalidDefinition", f"Invalid State Machine Definition: '{told}'", 400)


@instead(stepfunctions, "_validate_state_machine_definition")
def validate(request: dict) -> tuple:
    diagnostics = [{"severity": "ERROR", **fault._asdict()} for fault in faults(request["definition"])]
    return json_response({"result": "FAIL" if diagnostics else "OK", "diagnostics": diagnostics, "truncated": False})


def faults(definition: str) -> list[Fault]:
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [Fault("INVALID_JSON_DESCRIPTION", str(error), "/")]
    return list(_of_machine(machine, ""))


def _of_machine(machine: dict, where: str) -> Iterator[Fault]:
    if missing := [field for field in ("StartAt", "States") if field not in machine]:
        yield Fault("SCHEMA_VALIDATION_FAILED", f"These fields are required: [{', '.join(missing)}]", where or "/")
        return
    states, reached = machine["States"], set()
    waiting = [(machine["StartAt"], f"{where}/StartAt")]
    while waiting:
        name, place = waiting.pop()
        if name not in states:
            yield Fault("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {name}", place)
        elif name not in reached:
            reached.add(name)
            waiting += _transitions(states[name], f"{where}/States/{name}")
    for name, state in states.items():
        if name not in reached:
            place = f"{where}/States/{name}"
            yield Fault("MISSING_TRANSITION_TARGET", f'State "{name}" is not reachable.', place)
        for inner, below in _inside(state):
            yield from _of_machine(inner, f"{where}/States/{name}/{below}")


def _transitions(state: dict, where: str) -> Iterator[tuple[str, str]]:
    """(name of the next state, where it is named)"""
    yield from ((state[field], f"{where}/{field}") for field in ("Next", "Default") if field in state)
    for field in ("Choices", "Catch"):
        for number, step in enumerate(state.get(field, [])):
            yield step["Next"], f"{where}/{field}[{number}]/Next"


def _inside(state: dict) -> Iterator[tuple[dict, str]]:
    """(machine inside the state, where it lies)"""
    yield from ((state[field], field) for field in ("ItemProcessor", "Iterator") if field in state)
    yield from ((branch, f"Branches[{number}]") for number, branch in enumerate(state.get("Branches", [])))
