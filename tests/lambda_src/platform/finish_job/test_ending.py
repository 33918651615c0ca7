"""How an execution ended is understood from its last state and from what Step Functions tells."""

import json
from datetime import UTC, datetime

from tests.samples import EVENTS

from finish_job.ending import Ending, from_state, from_status_change

STARTED = "2026-11-21T01:02:03.000Z"
TOLD = {"name": "job", "startDate": 1795222923000}
OUTCOME = {"status": "SUCCEEDED", "items": 1, "succeeded": 1, "failed": 0, "not_run": 0}


def test_a_settled_job_brings_its_outcome_and_its_summary():
    ending = from_state("job", STARTED, {"outcome": OUTCOME, "summary": {"value": {"total": 1.5}}})
    assert (ending.outcome, ending.summary, ending.error) == (OUTCOME, {"total": 1.5}, None)


def test_an_error_brings_the_message_inside_its_cause():
    error = {"Error": "KeyError", "Cause": json.dumps({"errorMessage": "no spot", "errorType": "KeyError"})}
    assert from_state("job", STARTED, {"error": error}).error == "KeyError: no spot"
    assert from_state("job", STARTED, {"error": {"Error": "Lambda.Unknown"}}).error == "Lambda.Unknown: "


def test_an_execution_that_was_stopped_is_not_broken():
    detail = json.loads((EVENTS / "execution_aborted.json").read_text())["detail"]
    accepted = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
    why = "its execution was stopped: Operator: wrong market data"
    assert from_status_change(detail) == Ending("nightly", None, None, why, {}, accepted)


def test_an_execution_that_failed_is_broken():
    ending = from_status_change({**TOLD, "status": "FAILED", "error": "States.Runtime", "cause": "x" * 9000})
    assert ending.broken and ending.error.startswith("its execution failed: States.Runtime: xxx")
    assert len(ending.error) < 2100
    assert from_status_change({**TOLD, "status": "TIMED_OUT"}).error == "its execution ran out of time"


def test_an_execution_that_failed_before_its_job_had_a_row_brings_who_submitted_it_and_when():
    request = {"submitted_by": "ada", "job_type": "valuation"}
    for ending in (
        from_state("job", STARTED, {**request, "error": {"Error": "Lambda.Unknown"}}),
        from_status_change({**TOLD, "status": "TIMED_OUT", "input": json.dumps(request)}),
    ):
        assert (ending.request["submitted_by"], ending.accepted.isoformat()) == ("ada", "2026-11-21T01:02:03+00:00")
