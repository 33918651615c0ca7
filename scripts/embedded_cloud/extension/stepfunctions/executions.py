"""Step Functions: idempotent starts, executions that time out and stop, and errors by AWS's names."""

import json
import random
import threading
from collections.abc import Callable
from typing import Any

from ministack.core.responses import json_response, now_iso
from ministack.services import stepfunctions

from embedded_cloud.extension.replacing import around
from embedded_cloud.extension.stepfunctions.execution_context import (
    ExecutionError,
    count_transition,
    counted_execution,
    is_over,
    lineage,
    require_running,
    wake_waiting,
)
from embedded_cloud.extension.thread_pool import ThreadPool

_starts = threading.Lock()
clock = ThreadPool("execution-timeout", size=1)


@around(stepfunctions, "_start_execution")
def start_execution(start: Callable, request: dict) -> tuple:
    """AWS: the same name with the same input is the same execution for as long as it runs."""
    with _starts:
        found = _named_execution(request)
        if found and found["status"] == "RUNNING" and found["input"] == request.get("input", "{}"):
            return json_response({"executionArn": found["executionArn"], "startDate": found["startDate"]})
        return start(request)


def _named_execution(request: dict) -> dict | None:
    machine = stepfunctions._resolve_state_machine_arn(request.get("stateMachineArn", "").partition("#")[0])
    if not machine or not request.get("name"):
        return None
    return stepfunctions._executions.get(f"{machine.replace(':stateMachine:', ':execution:')}:{request['name']}")


@around(stepfunctions, "_run_execution")
def run_execution(run: Callable, arn: str) -> None:
    execution = stepfunctions._executions.get(arn)
    if not execution:
        # Its state machine was deleted meanwhile.
        return
    # A state that waits for its nested execution runs it in its own thread.
    ancestors = lineage.set((*lineage.get(), execution) if execution.get("sync") else (execution,))
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) or {}
    if seconds := _definition(machine).get("TimeoutSeconds"):
        clock.submit_after(seconds, time_out, execution)
    try:
        with counted_execution(execution, machine.get("type", "STANDARD")):
            run(arn)
    finally:
        lineage.reset(ancestors)


def _definition(machine: dict) -> dict:
    try:
        return json.loads(machine.get("definition", "{}"))
    except ValueError:
        # The emulator fails the execution with its own message.
        return {}


def time_out(execution: dict) -> None:
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", stopDate=now_iso(), error="States.Timeout")
    stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    stepfunctions._emit_execution_status_event(execution)
    wake_waiting(execution)


@around(stepfunctions, "_stop_execution")
def stop_execution(stop: Callable, request: dict) -> tuple:
    response = stop(request)
    if execution := stepfunctions._executions.get(request.get("executionArn")):
        wake_waiting(execution)
    return response


@around(stepfunctions, "_fail_execution")
def fail_execution(fail: Callable, execution: dict, error: str, cause: str) -> None:
    """What a stopped execution still had under way cannot fail it any more."""
    if execution["status"] == "RUNNING":
        fail(execution, error, cause)


@around(stepfunctions, "_invoke_resource")
def invoke_resource(invoke: Callable, resource: str, parameters: Any) -> object:
    require_running()
    return invoke(resource, parameters)


@around(stepfunctions, "_find_matching_retrier")
def find_retrier(find: Callable, retriers: list[dict], error: str, counts: dict[int, int]) -> tuple[dict | None, int]:
    """Adds MaxDelaySeconds and JitterStrategy; nothing is retried once the execution is over.

    A retry is billed as a state transition.
    """
    if is_over():
        return None, -1
    retrier, index = find(retriers, error, counts)
    if retrier is None:
        return None, -1
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
    delay = min(delay, retrier.get("MaxDelaySeconds", delay))
    if retrier.get("JitterStrategy") == "FULL":
        delay = random.uniform(0, delay)
    count_transition()
    return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1.0}, index


@around(stepfunctions, "_find_matching_catcher")
def find_catcher(find: Callable, catchers: list[dict], error: str) -> dict | None:
    return None if is_over() else find(catchers, error)


@around(stepfunctions, "_call_lambda")
def call_lambda(call: Callable, function: str, event: Any) -> object:
    try:
        return call(function, event)
    except ExecutionError as error:
        if error.error == "Lambda.Unknown" and "TooManyRequestsException" in error.cause:
            raise ExecutionError("Lambda.TooManyRequestsException", error.cause) from None
        raise
