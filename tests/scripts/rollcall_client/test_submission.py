"""What is asked of a job is checked before anything is sent."""

import json
from datetime import datetime

import pytest

from rollcall.errors import InputRefused, UnknownJobType
from rollcall.records import jobs as job_record
from rollcall_client import executions, submission
from rollcall_client.environment import user
from rollcall_client.errors import CommandError
from rollcall_client.submission import Terms


@pytest.fixture
def book(tmp_path) -> str:
    path = tmp_path / "book.jsonl"
    path.write_text('{"id": "a", "data_type": "equity"}\n')
    return str(path)


def test_a_job_is_started_with_its_terms(env, book):
    terms = Terms("valuation", True, {"count": 5}, True, {"name": "book", "wait": False})
    done = submission.submit(env, book, "mine", terms)
    assert (done.job_id, done.started, done.items) == ("mine", True, 1)
    request = json.loads(executions.execution(env, "mine")["input"])
    assert request.pop("submitted_by")
    assert request == {
        "input": {"uri": f"s3://{env.deployment.bucket}/inputs/mine/book.jsonl"},
        "job_type": "valuation",
        "strict": True,
        "tolerance": {"count": 5},
        "fail_fast": True,
        "lock": {"name": "book", "wait": False},
        "engine": "events",
        "chunk_size": None,
        "rate": None,
        "rate_name": None,
        "deadline_seconds": None,
    }
    assert not submission.submit(env, book, "mine", Terms()).started


def test_a_job_has_its_record_as_soon_as_it_is_submitted_whatever_becomes_of_its_execution(env, book):
    """The state machine here only ends: nothing of it writes into the jobs table."""
    submission.submit(env, book, "mine", Terms("valuation"))
    row, started = job_record.read(env.jobs, "mine"), executions.execution(env, "mine")["startDate"]
    assert (row["state"], row["job_type"], row["submitted_by"]) == ("PARTITIONING", "valuation", user())
    assert datetime.fromisoformat(row["created_at"]) == started.replace(microsecond=started.microsecond // 1000 * 1000)
    assert row["timeline"] == [{"at": row["created_at"], "what": "submitted", "by": user()}]


def test_a_deadline_is_counted_from_when_the_job_was_accepted(env, book):
    submission.submit(env, book, "mine", Terms(deadline_seconds=7200))
    row = job_record.read(env.jobs, "mine")
    accepted, deadline = (datetime.fromisoformat(row[name]) for name in ("created_at", "deadline_at"))
    assert (deadline - accepted).total_seconds() == 7200


def test_what_by_plan_takes_longer_than_its_deadline_is_refused_unless_forced(env, book):
    terms = Terms(deadline_seconds=60)
    with pytest.raises(InputRefused, match="by plan it takes .* s at least, and the job's deadline is 60 s"):
        submission.submit(env, book, "mine", terms, seconds=100)
    assert submission.submit(env, book, "mine", terms, seconds=100, force=True).started


def test_a_repeated_submit_leaves_the_record_as_it_is(env, book):
    submission.submit(env, book, "mine", Terms())
    job_record.update(env.jobs, "mine", {"state": "RUNNING"})
    submission.submit(env, book, "mine", Terms())
    assert job_record.read(env.jobs, "mine")["state"] == "RUNNING"


@pytest.mark.parametrize(
    ("job_id", "terms", "error", "words"),
    [
        ("a b", Terms(), CommandError, "use up to 72 letters, digits, - and _"),
        ("mine", Terms("other"), UnknownJobType, "no next step for job type 'other'"),
        ("mine", Terms(tolerance={"percentage": 200}), InputRefused, '"tolerance" is'),
        ("mine", Terms(lock={"name": "a b", "wait": False}), InputRefused, '"lock" is'),
        ("mine", Terms(deadline_seconds=59), InputRefused, '"deadline_seconds" is 59; give 60 to 604,800 seconds'),
    ],
)
def test_what_cannot_be_granted_starts_nothing(env, book, job_id, terms, error, words):
    with pytest.raises(error, match=words):
        submission.submit(env, book, job_id, terms)
    assert executions.execution(env, "mine") is None


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (Terms(engine="callback"), "there is no engine 'callback' here; add it to engines in tfvars"),
        (Terms(engine="mop"), "there is no engine 'mop' here; use auto, events, map"),
        (Terms(engine="map", rate=5), '"rate" is 5; give items a second, and engine chunked, which keeps to it'),
        (Terms(chunk_size=0), '"chunk_size" is 0; give 1 to 10,000 items'),
    ],
)
def test_an_engine_that_is_not_there_or_cannot_do_it_is_refused_before_anything_is_sent(env, book, terms, words):
    with pytest.raises(InputRefused, match=words):
        submission.submit(env, book, "mine", terms)
    assert executions.execution(env, "mine") is None
