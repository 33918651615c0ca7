"""Which executions a thread of Step Functions works for: whether they still run, and how they are billed."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ministack.services import stepfunctions

from embedded_cloud.extension.metering.calls import count

ExecutionError = stepfunctions._ExecutionError
# AWS bills the duration of Express executions in steps of this length.
EXPRESS_STEP_MILLISECONDS = 100

# The execution this thread works for, after those it is a child of; threads for branches and items inherit it.
lineage: ContextVar[tuple[dict, ...]] = ContextVar("lineage", default=())


def require_running() -> None:
    if is_over():
        raise ExecutionError("States.Runtime", "The execution is over")


def is_over() -> bool:
    return any(execution["status"] != "RUNNING" for execution in lineage.get())


def wake_waiting(execution: dict) -> None:
    """Also those of its children."""
    for token in list(stepfunctions._task_tokens.values()):
        if any(waiting is execution for waiting in token.get("lineage", ())):
            token["event"].set()


@contextmanager
def counted_execution(execution: dict, kind: str) -> Iterator[None]:
    """kind is STANDARD or EXPRESS."""
    if kind == "STANDARD":
        count("states:StandardExecution")
        yield
        return
    execution["express"] = True
    count("states:ExpressExecution")
    started = time.monotonic()
    try:
        yield
    finally:
        steps = math.ceil((time.monotonic() - started) * 1000 / EXPRESS_STEP_MILLISECONDS)
        count("states:ExpressMilliseconds", max(1, steps) * EXPRESS_STEP_MILLISECONDS)


def count_transition() -> None:
    """Express executions are billed by their duration instead."""
    if not any(execution.get("express") for execution in lineage.get()):
        count("states:StateTransition")
