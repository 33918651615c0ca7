"""Lambda's asynchronous calls: queued until there is room, and tried again when they fail.

AWS keeps a throttled event for hours and tries a function error twice more.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import lambda_svc

from embedded_cloud.extension.lambda_.invocation import Invocation, give_up
from embedded_cloud.extension.replacing import around, instead
from embedded_cloud.extension.thread_pool import ThreadPool

DEFAULT_RETRIES = 2
# AWS waits one and then two minutes.
FIRST_DELAY_SECONDS = 1.0
AGE_CHECK_SECONDS = 1.0


class InvocationQueue:
    """Starts each event as soon as its function and the account have room for one more call."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Invocation]] = {}
        self._room = threading.Condition()
        threading.Thread(target=self._start_for_ever, daemon=True, name="lambda-queue").start()

    def put(self, invocation: Invocation) -> None:
        with self._room:
            self._waiting.setdefault(invocation.config["FunctionArn"], deque()).append(invocation)
            self._room.notify_all()

    def room_changed(self) -> None:
        with self._room:
            self._room.notify_all()

    def wait_for_room(self, function: dict) -> None:
        with self._room:
            while not _has_room(function):
                self._room.wait(AGE_CHECK_SECONDS)

    def _start_for_ever(self) -> None:
        while True:
            with self._room:
                started = [self._start_one(arn) for arn in list(self._waiting)]
                if not any(started):
                    self._room.wait(AGE_CHECK_SECONDS if self._waiting else None)

    def _start_one(self, arn: str) -> bool:
        """One event of each function in turn, so that a long queue does not hold up a short one."""
        waiting = self._waiting[arn]
        invocation = waiting[0]
        if invocation.outlives(0):
            work: tuple = (expire, invocation)
        elif _is_in_the_way_of_others(invocation):
            return False
        else:
            slot, _ = lambda_svc._acquire_execution_slot(invocation.function, invocation.config)
            if slot is None:
                return False
            work = (run, invocation, slot)
        waiting.popleft()
        if not waiting:
            del self._waiting[arn]
        threading.Thread(target=work[0], args=work[1:], daemon=True, name="lambda-event").start()
        return True


def _is_in_the_way_of_others(invocation: Invocation) -> bool:
    """A quarter of the account's small local concurrency stays free for callers that wait for an answer.

    Otherwise a long queue of events would throttle every state machine and queue consumer. Reserved places are not
    the account's.
    """
    if lambda_svc._reserved_concurrency(invocation.function, invocation.config) is not None:
        return False
    cap = lambda_svc._ACCOUNT_CONCURRENCY_CAP
    return cap > 0 and lambda_svc._inflight_total >= cap - cap // 4


def _has_room(function: dict) -> bool:
    slot, _ = lambda_svc._acquire_execution_slot(function, function.get("config") or function)
    give_back_slot(slot)
    return slot is not None


queue = InvocationQueue()
give_back_slot = lambda_svc._release_execution_slot
retries = ThreadPool("lambda-retry", size=1)


@instead(lambda_svc, "invoke_async_with_retry")
def invoke_async(function: dict, event: Any) -> None:
    queue.put(Invocation(function, event))


@around(lambda_svc, "_release_execution_slot")
def release_slot(release: Callable, slot: Any) -> None:
    release(slot)
    queue.room_changed()


_patient: ContextVar[bool] = ContextVar("patient", default=False)


@around(lambda_svc, "_run_sqs_batch")
def run_batch_with_room(run_batch: Callable, *given: Any) -> None:
    """AWS's poller keeps a throttled batch; here it would be hidden for the queue's visibility timeout."""
    token = _patient.set(True)
    try:
        run_batch(*given)
    finally:
        _patient.reset(token)


@around(lambda_svc, "_execute_function")
def execute(execute_now: Callable, function: dict, event: Any) -> dict:
    while (result := execute_now(function, event)).get("throttle") and _patient.get():
        queue.wait_for_room(function)
    return result


def expire(invocation: Invocation) -> None:
    """AWS: an event that waited longer than its function allows is not run any more."""
    with request_scope(*lambda_svc._account_region_from_function_config(invocation.config)):
        give_up(invocation, {}, "EventAgeExceeded")


def run(invocation: Invocation, slot: str) -> None:
    account, region = lambda_svc._account_region_from_function_config(invocation.config)
    with request_scope(account, region):
        invocation.attempts += 1
        started = time.time()
        try:
            result = lambda_svc._execute_function_dispatch(
                invocation.function, invocation.config, invocation.event, invocation.request_id, started
            )
        finally:
            lambda_svc._release_execution_slot(slot)
        failed = bool(result.get("error"))
        lambda_svc._emit_lambda_metrics(
            invocation.config["FunctionName"], duration_ms=(time.time() - started) * 1000, error=failed, throttle=False
        )
        if failed:
            retry_or_give_up(invocation, result)


def retry_or_give_up(invocation: Invocation, result: dict) -> None:
    delay = FIRST_DELAY_SECONDS * 2 ** (invocation.attempts - 1)
    if invocation.attempts > invocation.settings.get("MaximumRetryAttempts", DEFAULT_RETRIES):
        give_up(invocation, result, "RetriesExhausted")
    elif invocation.outlives(delay):
        give_up(invocation, result, "EventAgeExceeded")
    else:
        retries.submit_after(delay, queue.put, invocation)
