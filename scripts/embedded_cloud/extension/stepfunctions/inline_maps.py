"""Step Functions' inline Map: at most 40 iterations at a time, and no thread for each item.

AWS, "Map state": whatever MaxConcurrency says, an inline Map runs at most 40 iterations concurrently; an iteration
that fails ends the Map, and no further one begins.
"""

import contextvars
import json
import threading
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

from embedded_cloud.extension.replacing import instead
from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError, require_running
from embedded_cloud.extension.stepfunctions.history import record, require_size, run_states

MOST_ITERATIONS = 40


@instead(stepfunctions, "_run_map_items")
def run_map(state: dict, given: object, execution: dict, context: dict) -> tuple[object, str | None]:
    """Raises ExecutionError."""
    effective = stepfunctions._apply_input_path(state, given, context)
    processor = state.get("ItemProcessor") or state.get("Iterator") or {}
    if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
        return stepfunctions._run_distributed_map(state, given, effective, processor, execution, context)
    items = items_of(state, given, effective, context)
    results = [None] * len(items)

    def iterate(index: int, item: object) -> None:
        require_running()
        record(execution, 1)
        own = item_context(context, index, item)
        selected = select(state, item, given, effective, own)
        results[index] = run_states(processor.get("States", {}), processor.get("StartAt"), selected, execution, own)
        record(execution, 1)

    record(execution, 1)
    limit = number(state, "MaxConcurrency", given, effective, context)
    run_each(items, min(limit or MOST_ITERATIONS, MOST_ITERATIONS), iterate)
    record(execution, 1)
    return finish(state, given, results, context)


def items_of(state: dict, given: object, effective: object, context: dict) -> list:
    if "Items" in state and stepfunctions._state_query_language(state, context) == "JSONata":
        return stepfunctions._jsonata_state_field(state, "Items", "array", given, context)
    items = stepfunctions._resolve_path_or_ctx(state.get("ItemsPath", "$"), effective, context)
    return items if isinstance(items, list) else [items]


def number(state: dict, field: str, given: object, effective: object, context: dict) -> int | float:
    """The field's value, or the one its path names; 0 when it has neither. Raises ExecutionError."""
    value = state.get(field, 0)
    if f"{field}Path" in state:
        value = stepfunctions._resolve_path_or_ctx(state[f"{field}Path"], effective, context)
    elif isinstance(value, str):
        value = stepfunctions._jsonata_state_field(state, field, "number", given, context)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ExecutionError("States.Runtime", f"{field} must be a number that is not negative, but is {value!r}")
    return value


def item_context(context: dict, index: int, item: object) -> dict:
    """The context object of one item; nothing below its top is ever changed, so it shares what does not differ."""
    return {**context, "Map": {"Item": {"Index": index, "Value": item}}}


def select(state: dict, item: object, given: object, effective: object, context: dict) -> object:
    """The item as its first state gets it."""
    selector = state.get("ItemSelector") or state.get("Parameters")
    if not selector:
        return item
    if stepfunctions._state_query_language(state, context) == "JSONata":
        return stepfunctions._apply_jsonata_template(selector, given, context)
    return stepfunctions._resolve_params_obj(selector, effective, context)


def finish(state: dict, given: object, result: object, context: dict) -> tuple[object, str | None]:
    """The Map's output and the name of the next state. Raises ExecutionError."""
    require_size(json.dumps(result), "The Map's result")
    if stepfunctions._state_query_language(state, context) == "JSONata":
        output = stepfunctions._apply_jsonata_output(state, given, context, result=result, default=result)
        stepfunctions._apply_state_assign(state, given, context, result=result)
    else:
        selected = stepfunctions._apply_result_selector(state, result)
        output = stepfunctions._apply_result_path(state, given, selected)
        output = stepfunctions._apply_output_path(state, output, context)
    return output, stepfunctions._next_or_end(state)


def run_each(items: list, limit: float, work: Callable[[int, Any], None]) -> None:
    """Calls work(index, item) for the items in their order, at most `limit` at a time; the first error ends it.

    Raises ExecutionError.
    """
    waiting, taking = enumerate(items), threading.Lock()
    errors: list[Exception] = []

    def take() -> None:
        while not errors:
            with taking:
                found = next(waiting, None)
            if found is None:
                return
            try:
                work(*found)
            except Exception as error:
                errors.append(error)

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(take,), daemon=True, name="map")
        for _ in range(min(int(limit), len(items)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        error = errors[0]
        raise error if isinstance(error, ExecutionError) else ExecutionError("States.Runtime", str(error))
