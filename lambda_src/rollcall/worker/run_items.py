"""Answering the items of a chunk: each for itself, and again where it may succeed later."""

import marshal
import time
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected
from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_random_exponential,
)

from rollcall import calculations
from rollcall.errors import Abandoned, DeadlineExceeded, RetryLater, Terminated
from rollcall.records import results

CURE = "lower chunk_size, or raise timeout_minutes of the route"
TRANSIENT = (RetryLater, TimeoutError, ConnectionError, HTTPClientError, NotConnected)
TRANSIENT_STATUS = (429, 500, 502, 503, 504)
THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "SlowDown",
)
LONGEST_WAIT_SECONDS = 20


@dataclass(frozen=True)
class Limits:
    """How long items may be tried: `out_of_time` and `abandoned` are asked before each.

    `out_of_time(seconds)` tells whether time would be over after a wait of so long.
    """

    max_attempts: int
    out_of_time: Callable[..., bool]
    abandoned: Callable[[], bool]
    sleep: Callable[[float], None] = time.sleep


def answer(items: list[dict], data_type: str, job: calculations.Job, limits: Limits) -> tuple[list[str], int]:
    """(result lines in the order of the items, how many items failed).

    An item whose calculation raises, whatever it raises, fails alone. Each try is given a copy of its own, so what one
    does to its item neither its answer nor the next try sees. One that may succeed later is tried again, after all
    others, up to `max_attempts` times in all, with exponential backoff and full jitter between. Items not begun when
    the worker's time is over fail with DeadlineExceeded. Raises Abandoned when the job does not go on.
    """
    answers: dict[int, tuple[bool, str]] = {}
    pending = list(range(len(items)))

    def one(position: int, attempt: int) -> bool:
        """Answer an item; whether it is to be tried again."""
        item = items[position]
        if limits.out_of_time():
            error = DeadlineExceeded(f"the worker's time was over before this item began; {CURE}")
            answers.setdefault(position, (False, results.failure_line(item, error, True, attempt)))
            return False
        try:
            result = calculations.find(data_type)(copy_of(item), job)
            answers[position] = True, results.success_line(item, result)
        except Terminated:
            raise
        except BaseException as error:  # whatever a calculation raises is the answer for its item
            again = is_transient(error)
            answers[position] = False, results.failure_line(item, error, again, attempt)
            return again
        return False

    def turn() -> list[int]:
        nonlocal pending
        again = []
        for position in pending:
            if limits.abandoned():
                raise Abandoned("its job was ended")
            again += [position] if one(position, retrying.statistics["attempt_number"]) else []
        pending = again
        return pending

    tried_enough = stop_after_attempt(limits.max_attempts)
    retrying = Retrying(
        retry=retry_if_result(bool),
        stop=lambda state: tried_enough(state) or limits.out_of_time(state.upcoming_sleep),
        wait=wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_SECONDS),
        sleep=limits.sleep,
        retry_error_callback=lambda state: None,
    )
    retrying(turn)
    lines = [answers[position] for position in range(len(items))]
    return [line for _, line in lines], sum(not ok for ok, _ in lines)


def copy_of(item: dict) -> dict:
    """A deep copy of what JSON can say; no other way takes as little time."""
    return marshal.loads(marshal.dumps(item))


def while_there_is_time(write: Callable[[], tuple[int, int]], limits: Limits) -> tuple[int, int]:
    """What a write says was written; it is made again while AWS only asks to wait and the worker has time."""
    retrying = Retrying(
        retry=retry_if_exception(asks_to_wait),
        stop=lambda state: limits.out_of_time(state.upcoming_sleep),
        wait=wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_SECONDS),
        sleep=limits.sleep,
        reraise=True,
    )
    return retrying(write)


def asks_to_wait(error: BaseException) -> bool:
    """Whether AWS refused a call for now: it is throttled, or a server of theirs has failed."""
    return isinstance(error, ClientError) and is_transient(error)


def is_transient(error: BaseException) -> bool:
    """Whether the same item may succeed a moment later: RetryLater, a lost connection, a time-out, throttling."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status in TRANSIENT_STATUS or error.response.get("Error", {}).get("Code") in THROTTLED
    return isinstance(error, TRANSIENT)
