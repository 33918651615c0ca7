"""Step Functions: what limits an execution's history and its data.

AWS, "Step Functions service quotas": a Standard execution has at most 25,000 events in its history, those of inline
iterations and branches included; a state's input and output, and a task's result, have at most 256 KiB. The emulator
records no events for iterations, so they are counted only.
"""

import json
import threading
from collections.abc import Callable

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

from embedded_cloud.extension.replacing import around, instead
from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError, count_transition, require_running

MOST_EVENTS = 25_000
MOST_BYTES = 256 * 1024
# AWS: neither is caught or retried by a wildcard.
TERMINAL_ERRORS = ("States.DataLimitExceeded", "States.Runtime")

_counting = threading.Lock()


def record(execution: dict, events: int) -> None:
    """Adds to the length of the history; one that becomes too long fails its execution and raises ExecutionError.

    The last event is the one that says so.
    """
    with _counting:
        # The first event is recorded with the execution itself.
        execution["historyLength"] = execution.get("historyLength", 1) + events
    if execution["historyLength"] < MOST_EVENTS or execution.get("express"):
        return
    cause = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
    if "mapRunArn" not in execution:
        stepfunctions._fail_execution(execution, "States.Runtime", cause)
    raise ExecutionError("States.Runtime", cause)


def require_size(text: str, what: str) -> None:
    """text is JSON of any form; what counts is its compact one. Raises ExecutionError."""
    if len(text) <= MOST_BYTES:
        return
    compact = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    if len(compact.encode()) > MOST_BYTES:
        raise ExecutionError(
            "States.DataLimitExceeded",
            f"{what} has a size exceeding the maximum number of bytes service limit ({MOST_BYTES}).",
        )


@around(stepfunctions, "_add_event")
def add_event(add: Callable, execution: dict, kind: str, details: dict | None = None) -> dict:
    """What the emulator records: states of the execution itself, and tasks everywhere."""
    if kind.startswith("Execution"):
        return add(execution, kind, details)
    event = add(execution, kind, details)
    if kind.endswith("StateEntered"):
        count_transition()
        require_size(event["stateEnteredEventDetails"]["input"], "The state's input")
    elif kind.endswith("StateExited"):
        require_size(event["stateExitedEventDetails"]["output"], "The state's output")
    elif kind == "TaskSucceeded":
        require_size(event["taskSucceededEventDetails"]["output"], "The task's result")
    record(execution, _events_of_task(event) if kind == "TaskScheduled" else 1)
    return event


def _events_of_task(scheduled: dict) -> int:
    """TaskStarted follows; TaskSubmitted too where the state waits for an answer."""
    waits = any(pattern in scheduled["taskScheduledEventDetails"]["resource"] for pattern in (".sync", ".waitForTask"))
    return 3 if waits else 2


@instead(stepfunctions, "_run_sub_machine")
def run_states(states: dict, name: str | None, given: object, execution: dict, context: dict) -> object:
    """One branch, iteration or child, from its first state to its last.

    It has a context object of its own: the emulator lets branches write into one another's. Raises ExecutionError.
    """
    context = {**context, "variables": dict(context.get("variables", {}))}
    text = json.dumps(given)
    require_size(text, "The state's input")
    # A copy: what a state is given may be part of what others are given.
    data = json.loads(text)
    while name:
        require_running()
        if name not in states:
            raise ExecutionError("States.Runtime", f"State '{name}' not found")
        context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        count_transition()
        record(execution, 1)
        data, name = run_state(states[name], data, execution, context)
        require_size(json.dumps(data), "The state's output")
        record(execution, 1)
    return data


def run_state(state: dict, data: object, execution: dict, context: dict) -> tuple[object, str | None]:
    """The state's output and the name of the next one. Raises ExecutionError."""
    kind = state.get("Type")
    if kind == "Fail":
        raise ExecutionError(*stepfunctions._fail_state_error(state, data, context))
    if kind == "Succeed":
        given = stepfunctions._apply_input_path(state, data, context)
        return stepfunctions._apply_output_path(state, given, context), None
    if kind in ("Task", "Parallel", "Map"):
        return getattr(stepfunctions, f"_execute_{kind.lower()}")(state, data, execution, context)
    if kind in ("Pass", "Choice", "Wait"):
        return getattr(stepfunctions, f"_execute_{kind.lower()}")(state, data, context)
    raise ExecutionError("States.Runtime", f"Unknown state type: {kind}")


@around(stepfunctions, "_run_parallel_branches")
def run_branches(run: Callable, state: dict, given: object, execution: dict, context: dict) -> tuple:
    record(execution, 1)
    answer = run(state, given, execution, context)
    record(execution, 1)
    return answer


@around(stepfunctions, "_error_matches")
def error_matches(matches: Callable, names: list[str], error: str) -> bool:
    return error in names if error in TERMINAL_ERRORS else matches(names, error)
