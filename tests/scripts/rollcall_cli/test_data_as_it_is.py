"""Whatever users and calculations call things, each command shows it as it is: no markup, no emoji, no escape codes."""

import json

import pytest
from tests.samples import part
from tests.scripts.conftest import env, written  # noqa: F401  fixtures
from typer.testing import CliRunner

from rollcall.records import results
from rollcall.records.jobs import JobState
from rollcall_cli.commands import dlq, lock, routes
from rollcall_cli.main import app
from rollcall_client import refusals
from rollcall_client.dead_letters import Found
from rollcall_terminal import console

WORDS = "x[/y][red]:bomb:"
DATA, SHOWN = f"{WORDS}\x1b[2J", f"{WORDS}\\x1b[2J"
AT = "2026-01-01T00:00:00.000+00:00"
ERROR = {"type": DATA, "message": DATA, "cause": "", "retryable": False, "attempts": 1}
RECEIPT = {
    **{"job_id": "job", "run": 1, "status": "PARTIAL", "expected": {"items": 10, "chunks": 1}, "succeeded": 0},
    **{"failed": 10, "not_run": 0, "settled": 1, "attempts": 1, "duplicates": 0, "submitted_by": DATA},
    **{"timings": {"first_settlement": AT, "finished_at": AT, "makespan_s": 1.0}, "code": {DATA: DATA}, "runs": []},
}


@pytest.fixture
def shown(env, monkeypatch):  # noqa: F811
    """What a command says to people."""
    monkeypatch.setattr("rollcall_cli.commands.why.Environment", lambda name: env)
    for name in ("failures", "watch", "timeline", "receipt", "lock", "redrive", "cancel"):
        monkeypatch.setattr(f"rollcall_cli.commands.{name}.Environment", lambda name: env)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
        assert "\x1b" not in done.stderr
        return done.stderr

    return run


@pytest.fixture
def failed(env, written, monkeypatch) -> None:  # noqa: F811
    """A job of whose run everything has such a name."""
    events = [{"at": AT, "what": DATA, "by": DATA, DATA: DATA}]
    written(JobState.FAILED, [part(DATA, 1)], error=DATA, timeline=events, succeeded=0, failed=10, finished_at=AT)
    line = json.dumps({"id": DATA, "data_type": DATA, "ok": False, "error": ERROR})
    results.write_once(env.client("s3"), env.deployment.bucket, results.result_key("job", 1, 0), [line], 1)
    receipt = json.dumps(RECEIPT).encode()
    env.client("s3").put_object(Bucket=env.deployment.bucket, Key="jobs/job/receipts/1.json", Body=receipt)
    monkeypatch.setattr(refusals, "told", lambda environment, row: [DATA])


@pytest.mark.parametrize(
    ("command", "times"),
    [("failures", 3), ("status", 2), ("watch", 4), ("why", 1), ("timeline", 4), ("receipt", 3)],
)
def test_of_a_job(failed, shown, command, times):
    assert shown(command, "job").count(SHOWN) == times


def test_of_an_input(shown, tmp_path):
    book = tmp_path / "book.jsonl"
    book.write_text(json.dumps({"id": WORDS, "data_type": WORDS, WORDS: WORDS}) + "\n")
    assert shown("check", str(book)).count(WORDS) == 7  # in two tables, in a sample, and of what has no route
    book.write_text(json.dumps({"id": DATA, "data_type": DATA}) + "\n")
    assert SHOWN in shown("check", str(book))
    assert "x[/y].jsonl: no such file" in shown("check", "x[/y].jsonl")


def test_of_problems(written, shown):  # noqa: F811
    written(JobState.REFUSED, problems=[DATA])
    assert shown("watch", "job").count(SHOWN) == 1


def test_of_locks_routes_and_dead_letters(env, capsys):  # noqa: F811
    held = {"holder": DATA, "since": AT, "until": None, "how": DATA}
    console.print(lock.as_table({"history": [held]}))
    console.print(routes.routes_table({DATA: env.routes["equity"]}))
    console.print(dlq.as_table([Found(DATA, 1, 0, AT, {DATA: 1})]))
    assert capsys.readouterr().err.count(SHOWN) == 5


def test_of_what_was_asked_for(shown):
    assert repr(DATA) in shown("lock", DATA)
    assert repr(DATA) in shown("route", "test", json.dumps({"data_type": DATA}))
    assert WORDS in shown("plan", "--items", "1", "--seconds", "1", "--route", WORDS)
    assert "x[/y]" in shown("routes", "--env", "x[/y]")
