"""Answering items: each for itself, the transient ones again with growing waits, none when time is over."""

import json
import sys

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from rollcall.calculations import Job
from rollcall.errors import Abandoned, RetryLater, Terminated
from rollcall.worker.journal import Journal
from rollcall.worker.run_items import LONGEST_WAIT_SECONDS, Limits, answer
from rollcall.worker.tries import is_transient, try_here

ITEMS = [{"id": str(n), "data_type": "work", "n": n} for n in range(3)]


@pytest.fixture
def limits(clock):
    """Limits without an end of time; what was slept is in `clock.now`."""

    def make(max_attempts: int = 3, seconds: float = 1e9, abandoned=lambda: False) -> Limits:
        ends_at = clock() + seconds
        return Limits(max_attempts, lambda: ends_at - clock(), abandoned, clock.sleep)

    return make


@pytest.fixture
def tries(calculate) -> list[int]:
    """Item 1 is told to come later twice; the numbers of the items as they were tried."""
    seen = []

    def work(item):
        seen.append(item["n"])
        if item["n"] == 1 and seen.count(1) < 3:
            raise RetryLater("the pricing service is busy") from TimeoutError("no answer in 2 s")
        return {"n": item["n"]}

    calculate(work)
    return seen


def answers(limits: Limits, items: list[dict] = ITEMS, data_type: str = "work") -> tuple[list[dict], int]:
    def run(item, attempt):
        return try_here(item, data_type, Job("job", ""), attempt, 0.0)

    lines, failed = answer(items, run, limits, Journal(None, "", None))
    return [json.loads(line) for line in lines], failed


def test_only_the_transient_item_is_tried_again_after_all_others(limits, tries):
    lines, failed = answers(limits())
    assert tries == [0, 1, 2, 1, 1]
    assert failed == 0
    assert [line["id"] for line in lines] == ["0", "1", "2"]


def test_an_item_is_tried_as_often_as_the_route_allows(limits, tries):
    lines, failed = answers(limits(max_attempts=2))
    assert tries == [0, 1, 2, 1]
    assert failed == 1
    assert lines[1]["error"] == {
        "type": "RetryLater",
        "message": "the pricing service is busy",
        "cause": "TimeoutError: no answer in 2 s",
        "retryable": True,
        "attempts": 2,
    }


def test_an_item_that_cannot_succeed_is_tried_once(limits, calculate):
    calculate(lambda item: {"n": 1 / (item["n"] - 1)})
    lines, failed = answers(limits())
    assert failed == 1
    assert lines[1]["error"]["retryable"] is False
    assert lines[1]["error"]["attempts"] == 1


def test_waits_grow_and_have_an_end(limits, calculate, clock):
    waits = []

    def busy(item):
        raise RetryLater("busy")

    calculate(busy)
    given = limits(max_attempts=40)
    answers(Limits(40, given.seconds_left, given.abandoned, waits.append))
    assert len(waits) == 39
    assert all(0 <= wait <= min(LONGEST_WAIT_SECONDS, 0.5 * 2**n) for n, wait in enumerate(waits))
    assert max(waits) > 5


def test_no_wait_lasts_beyond_the_workers_time(limits, calculate, clock):
    def busy(item):
        raise RetryLater("busy")

    calculate(busy)
    began = clock()
    lines, failed = answers(limits(max_attempts=1000, seconds=30))
    assert failed == 3
    assert clock() - began <= 30
    assert {line["error"]["type"] for line in lines} == {"RetryLater"}


def test_items_there_is_no_time_for_fail_by_name_and_with_the_cure(limits, calculate, clock):
    calculate(lambda item: clock.sleep(60) or {})
    lines, failed = answers(limits(seconds=100))
    assert [line["ok"] for line in lines] == [True, True, False]
    assert failed == 1
    assert lines[2]["error"]["type"] == "DeadlineExceeded"
    assert "lower chunk_size, or raise timeout_minutes" in lines[2]["error"]["message"]
    assert lines[2]["error"]["retryable"] is True


def test_why_an_item_failed_is_not_hidden_by_its_second_try_coming_too_late(limits, calculate, clock):
    def busy(item):
        if item["n"] == 0:
            raise RetryLater("busy")
        clock.sleep(49)
        if item["n"] == 2:
            raise RetryLater("busy too")
        return {}

    calculate(busy)
    lines, _ = answers(limits(seconds=99))
    assert [line.get("error", {}).get("type") for line in lines] == ["RetryLater", None, "RetryLater"]


def test_a_job_that_ended_is_given_up_before_the_next_item(limits, tries):
    with pytest.raises(Abandoned):
        answers(limits(abandoned=lambda: len(tries) == 2))
    assert tries == [0, 1]


def test_a_result_that_is_not_json_fails_its_item(limits, calculate):
    calculate(lambda item: {"n": float("nan")})
    assert answers(limits())[1] == 3


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def leaves(item):
    sys.exit("done")


def interrupts(item):
    raise KeyboardInterrupt


def closes(item):
    raise GeneratorExit


def recurses(item):
    return recurses(item)


def cannot_say_why(item):
    raise Speechless


def has_no_response(item):
    raise ClientError({}, "Price")


@pytest.mark.parametrize(
    ("misbehaves", "kind", "message"),
    [
        (leaves, "SystemExit", "done"),
        (interrupts, "KeyboardInterrupt", ""),
        (closes, "GeneratorExit", ""),
        (recurses, "RecursionError", "maximum recursion depth exceeded"),
        (cannot_say_why, "Speechless", "(its message cannot be read: RuntimeError in its __str__)"),
        (has_no_response, "ClientError", "An error occurred (Unknown) when calling the Price operation: Unknown"),
    ],
)
def test_whatever_a_calculation_raises_fails_its_item_alone(limits, calculate, misbehaves, kind, message):
    calculate(lambda item: misbehaves(item) if item["n"] == 1 else {"n": item["n"]})
    lines, failed = answers(limits())
    assert failed == 1
    assert [line["ok"] for line in lines] == [True, False, True]
    assert (lines[1]["error"]["type"], lines[1]["error"]["message"][: len(message) or 1]) == (kind, message)


def test_the_end_of_a_worker_is_no_failure_of_its_item(limits, calculate):
    def stopped(item):
        raise Terminated(143)

    calculate(stopped)
    with pytest.raises(Terminated):
        answers(limits())


@pytest.mark.parametrize(
    "spoil", [lambda item: item.pop("id"), lambda item: item.clear(), lambda item: item.update(id="z")]
)
def test_what_a_try_does_to_its_item_neither_its_answer_nor_the_next_try_sees(limits, calculate, spoil):
    seen = []

    def work(item):
        seen.append(json.dumps(item))
        spoil(item)
        item["list"] = seen
        if len(seen) <= len(ITEMS):
            raise RetryLater("not yet")
        return {}

    calculate(work)
    lines, failed = answers(limits())
    assert failed == 0
    assert [line["id"] for line in lines] == ["0", "1", "2"]
    assert seen == [json.dumps(item) for item in ITEMS] * 2


def test_a_list_or_object_within_an_item_is_a_copy_too(limits, calculate):
    items = [{"id": "a", "data_type": "work", "legs": [{"strike": 1}]}]

    def work(item):
        item["legs"][0]["strike"] += 1
        if item["legs"] == [{"strike": 2}] and not tried.append(1) and len(tried) < 2:
            raise RetryLater("not yet")
        return {"strike": item["legs"][0]["strike"]}

    tried: list[int] = []
    calculate(work)
    lines, _ = answers(limits(), items)
    assert lines[0]["result"] == {"strike": 2}


def test_a_data_type_without_calculation_fails_its_items_and_says_so(limits, calculate):
    calculate(lambda item: {})
    lines, failed = answers(limits(), data_type="unknown")
    assert failed == 3
    assert lines[0]["error"]["type"] == "NoCalculation"


def client_error(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Call")


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (RetryLater("later"), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (EndpointConnectionError(endpoint_url="https://x"), True),
        (client_error("SlowDown", 503), True),
        (client_error("ThrottlingException", 400), True),
        (client_error("AccessDenied", 403), False),
        (ValueError("n"), False),
        (KeyError("n"), False),
    ],
    ids=str,
)
def test_what_may_pass_is_told_from_what_stays(error, transient):
    assert is_transient(error) is transient
