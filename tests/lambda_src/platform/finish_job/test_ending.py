"""How an execution ended is understood from its last state and from what Step Functions tells."""

import json

from tests.samples import EVENTS

from finish_job.ending import Ending, from_state, from_status_change

OUTCOME = {"status": "SUCCEEDED", "items": 1, "succeeded": 1, "failed": 0, "not_run": 0}


def test_a_settled_job_brings_its_outcome_and_its_summary():
    ending = from_state("job", {"outcome": OUTCOME, "summary": {"value": {"total": 1.5}}})
    assert ending == Ending("job", OUTCOME, {"total": 1.5}, None)


def test_an_error_brings_the_message_inside_its_cause():
    error = {"Error": "KeyError", "Cause": json.dumps({"errorMessage": "no spot", "errorType": "KeyError"})}
    assert from_state("job", {"error": error}).error == "KeyError: no spot"
    assert from_state("job", {"error": {"Error": "Lambda.Unknown"}}).error == "Lambda.Unknown: "


def test_an_execution_that_was_stopped_is_not_broken():
    detail = json.loads((EVENTS / "execution_aborted.json").read_text())["detail"]
    ending = from_status_change(detail)
    assert ending == Ending("nightly", None, None, "its execution was stopped: Operator: wrong market data")


def test_an_execution_that_failed_is_broken():
    ending = from_status_change({"name": "job", "status": "FAILED", "error": "States.Runtime", "cause": "x" * 9000})
    assert ending.broken and ending.error.startswith("its execution failed: States.Runtime: xxx")
    assert len(ending.error) < 2100
    assert from_status_change({"name": "job", "status": "TIMED_OUT"}).error == "its execution ran out of time"
