"""Answering the items of a chunk: each for itself, and again where it may succeed later."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_random_exponential,
)

from rollcall.errors import Abandoned, DeadlineExceeded, Unfinished, WorkerLost
from rollcall.records import results
from rollcall.throttling import asks_to_wait
from rollcall.worker.journal import Answer, Journal
from rollcall.worker.tries import Try

CURE = "lower chunk_size, or raise timeout_minutes of the route"
LONGEST_WAIT_SECONDS = 20


@dataclass(frozen=True)
class Limits:
    """How often and how long items may be tried; `abandoned` and `leaving` are asked before each.

    `seconds_left` tells for how long items may still be run, `item_timeout_seconds` how long one may take (0: as long
    as it takes), `leaving` whether the worker is to end now; `turn` returns when the next item may begin.
    """

    max_attempts: int
    seconds_left: Callable[[], float]
    abandoned: Callable[[], bool]
    sleep: Callable[[float], None] = time.sleep
    item_timeout_seconds: float = 0.0
    leaving: Callable[[], bool] = lambda: False
    turn: Callable[[], None] = lambda: None

    def out_of_time(self, ahead: float = 0.0) -> bool:
        """Whether time would be over after a wait of so many seconds."""
        return self.seconds_left() < ahead


def answer(
    items: list[dict], run: Callable[[dict, int], Try], limits: Limits, journal: Journal
) -> tuple[list[str], int]:
    """(result lines in the order of the items, how many items failed).

    `run(item, attempt)` tries an item. What the journal has an answer for is not run again. An item that may succeed
    later is tried again, after all others, up to `max_attempts` times in all, with exponential backoff and full jitter
    between; so is one whose process died. Items not begun when the worker's time is over fail with DeadlineExceeded;
    so does one for which `run` raises it. But a chunk handed out again that has come further with this worker is not
    failed: it is passed on.
    Raises Abandoned when the job does not go on, and Unfinished when another worker has to go on.
    """
    tries = Counter(journal.deaths)
    left = (position for position in range(len(items)) if position not in journal.answers)
    pending = sorted(left, key=lambda position: journal.deaths[position])
    ended: dict[int, Answer] = {}  # of those that are tried again, how the last try ended

    def one(position: int) -> bool:
        """Try an item; whether it is to be tried again."""
        item = items[position]
        if limits.out_of_time():
            error = DeadlineExceeded(f"the worker's time was over before this item began; {CURE}")
            ended.setdefault(position, unanswered(position, error))
            return False
        if journal.deaths[position] >= limits.max_attempts:
            journal.note(position, died(position, "its worker died with it"))
            return False
        journal.begin(position)
        began, tries[position] = journal.clock(), tries[position] + 1
        try:
            tried = run(item, tries[position])
        except DeadlineExceeded as error:
            tried = Try(False, unanswered(position, error).line)
        answer = Answer(tried.ok, tried.line)
        if tried.died:
            journal.deaths[position] += 1
            answer = died(position, tried.line)
        again = tried.again and tries[position] < limits.max_attempts
        if again:
            ended[position] = answer
        else:
            journal.note(position, answer)
        journal.took(journal.clock() - began)
        return again

    def unanswered(position: int, error: DeadlineExceeded) -> Answer:
        if journal.has_moved_on:
            raise Unfinished("the worker's time is over, and more is done than there was") from error
        return Answer(False, results.failure_line(items[position], error, True, tries[position]))

    def died(position: int, how: str) -> Answer:
        times = journal.deaths[position]
        error = WorkerLost(
            f"every process that ran it died ({times} time{'s' if times > 1 else ''}); the last time {how}. "
            "See the worker's log; memory_mb may be too little. Then redrive the job"
        )
        return Answer(False, results.failure_line(items[position], error, True, times))

    def turn() -> list[int]:
        nonlocal pending
        again = []
        for position in pending:
            if limits.abandoned():
                raise Abandoned("its job was ended")
            if limits.leaving():
                raise Unfinished("the worker has to end")
            again += [position] if one(position) else []
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
    answers = [journal.answers.get(position) or ended[position] for position in range(len(items))]
    return [line for _, line in answers], sum(not ok for ok, _ in answers)


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
