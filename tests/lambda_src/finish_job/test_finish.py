"""A job's end is written into its row, whatever ended it."""

import json

import pytest

from finish_job.finish import finish
from rollcall import jobs as job_record

OUTCOME = {"status": "PARTIAL", "items": 10, "succeeded": 9, "failed": 1}


@pytest.fixture
def settled(cloud):
    row = {"state": "SETTLED", "succeeded": 9, "failed": 1}
    job_record.update(cloud.jobs, "job", row)


def test_a_settled_job_ends_as_its_outcome_says_with_its_summary(cloud, settled):
    ended = finish(cloud.jobs, "job", OUTCOME, {"total": 1.5}, None)
    assert ended == {"job_id": "job", **OUTCOME, "summary": {"total": 1.5}}
    row = job_record.read(cloud.jobs, "job")
    assert (row["state"], json.loads(row["summary"])) == ("PARTIAL", {"total": 1.5})


def test_an_error_ends_the_job_failed_with_its_message(cloud, settled):
    error = {"Error": "KeyError", "Cause": json.dumps({"errorMessage": "no spot", "errorType": "KeyError"})}
    assert finish(cloud.jobs, "job", OUTCOME, None, error)["status"] == "FAILED"
    assert job_record.read(cloud.jobs, "job")["error"] == "KeyError: no spot"


def test_a_refused_job_stays_refused(cloud):
    job_record.update(cloud.jobs, "job", {"state": "REFUSED", "problems": ["line 1"]})
    assert finish(cloud.jobs, "job", None, None, {"Error": "InputRefused", "Cause": "x"})["status"] == "REFUSED"


def test_a_job_that_failed_before_it_had_a_row_gets_one(cloud):
    assert finish(cloud.jobs, "job", None, None, {"Error": "Lambda.Unknown"})["status"] == "FAILED"
    assert job_record.read(cloud.jobs, "job")["error"] == "Lambda.Unknown: "
