"""Step Functions' states that wait for a task token: limits, heartbeats, and one token per attempt."""

import json
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import error_response_json, new_uuid
from ministack.services import stepfunctions

from embedded_cloud.extension.replacing import around, instead
from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError, lineage, require_running

# The context object of the state that this thread runs.
_context: ContextVar[dict] = ContextVar("context")


@around(stepfunctions, "_execute_task")
def execute_task(execute: Callable, state: dict, given: Any, execution: dict, context: dict) -> tuple:
    _context.set(context)
    paths = {name: state[f"{name}Path"] for name in ("TimeoutSeconds", "HeartbeatSeconds") if f"{name}Path" in state}
    limits = {name: stepfunctions._resolve_path_or_ctx(path, given, context) for name, path in paths.items()}
    return execute({**state, **limits}, given, execution, context)


@instead(stepfunctions, "_invoke_with_callback")
def wait_for_token(resource: str, parameters: Any, token: str, state: dict) -> object:
    """Makes the call and waits for its task token; a call that fails, fails the state at once.

    Raises ExecutionError.
    """
    answer: dict[str, Any] = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
    answer["lineage"] = lineage.get()
    stepfunctions._task_tokens[token] = answer
    try:
        stepfunctions._invoke_resource(resource.replace(".waitForTaskToken", ""), parameters)
        _wait(answer, state)
    finally:
        stepfunctions._task_tokens.pop(token, None)
        # AWS: each attempt has a token of its own, so a late answer cannot complete the next one.
        _context.get()["Task"]["Token"] = new_uuid()
    require_running()
    if failure := answer["error"]:
        raise ExecutionError(failure["Error"], failure["Cause"])
    return json.loads(answer["result"])


def _wait(answer: dict, state: dict) -> None:
    """Raises ExecutionError when the answer, or a heartbeat, takes too long."""
    deadline = time.monotonic() + state.get("TimeoutSeconds", threading.TIMEOUT_MAX / 2)
    heartbeat = state.get("HeartbeatSeconds")
    while True:
        seen = answer["heartbeat"]
        left = deadline - time.monotonic()
        if answer["event"].wait(min(left, heartbeat or left)):
            return
        if time.monotonic() >= deadline:
            raise ExecutionError("States.Timeout", "Task timed out waiting for callback")
        if answer["heartbeat"] == seen:
            raise ExecutionError("States.HeartbeatTimeout", f"No heartbeat came for {heartbeat} seconds")


@around(stepfunctions, "_send_task_success")
def send_task_success(send: Callable, request: dict) -> tuple:
    try:
        json.loads(request.get("output", "{}"))
    except ValueError:
        return error_response_json("InvalidOutput", "The output is no JSON.")
    return send(request)
