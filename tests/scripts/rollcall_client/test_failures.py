"""Failures are grouped by what went wrong, not by what they name."""

from rollcall_cli.commands.failures import in_words
from rollcall_client.failures import group


def failed(identifier: str, message: str, kind: str = "ValueError", data_type: str = "equity", **more) -> dict:
    error = {"type": kind, "message": message, "retryable": False, "attempts": 1, **more}
    return {"id": identifier, "data_type": data_type, "ok": False, "error": error}


def test_messages_that_differ_in_numbers_and_quoted_words_are_one_failure():
    lines = [failed(str(n), f"spot is {n}.5 for '{n}'; give a positive one") for n in range(5)]
    (failure,) = group([*lines, {"id": "good", "data_type": "equity", "ok": True, "result": {}}])
    assert (failure.count, failure.samples) == (5, ["0", "1", "2"])
    assert failure.message == "spot is 0.5 for '0'; give a positive one"


def test_other_errors_and_other_data_types_are_failures_of_their_own_the_most_frequent_first():
    lines = [failed("a", "x"), failed("b", "x", "KeyError"), failed("c", "x", data_type="fx"), failed("d", "x")]
    assert [(f.data_type, f.error, f.count) for f in group(lines)] == [
        ("equity", "ValueError", 2),
        ("equity", "KeyError", 1),
        ("fx", "ValueError", 1),
    ]


def test_a_failure_tells_its_cause_how_often_it_was_tried_and_whether_to_try_again():
    lines = [failed("a", "slow", attempts=2, retryable=True, cause="OSError: gone"), failed("b", "slow")]
    again, final = sorted(group(lines), key=lambda failure: failure.retryable, reverse=True)
    assert (again.attempts, in_words(again)) == (2, "slow (because of OSError: gone); may succeed another time")
    assert (final.attempts, in_words(final)) == (1, "slow")


def test_a_job_without_failures_has_none():
    assert group([]) == []
