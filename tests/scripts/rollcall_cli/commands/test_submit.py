"""What is typed becomes the terms of a job."""

import json

import pytest
import typer
from typer.testing import CliRunner

from rollcall_cli.commands.submit import seconds_of, tolerance_of
from rollcall_cli.main import app
from rollcall_client import executions, submission


@pytest.mark.parametrize(
    ("limits", "tolerance"),
    [
        ([], None),
        (["20"], {"count": 20}),
        (["2.5%"], {"percentage": 2.5}),
        (["20", "2%"], {"count": 20, "percentage": 2.0}),
    ],
)
def test_a_tolerance_is_a_number_a_percentage_or_both(limits, tolerance):
    assert tolerance_of(limits) == tolerance


@pytest.mark.parametrize("limits", [["some"], ["-1"], ["1.5"], ["%"], ["1", "2"], ["1%", "2%"]])
def test_any_other_tolerance_is_wrong_usage(limits):
    with pytest.raises(typer.BadParameter, match="give a number of items"):
        tolerance_of(limits)


@pytest.mark.parametrize(
    ("deadline", "seconds"), [("90", 90), ("600s", 600), ("90m", 5400), ("2h", 7200), ("1d", 86_400)]
)
def test_a_deadline_is_a_time(deadline, seconds):
    assert seconds_of(deadline) == seconds


@pytest.mark.parametrize("deadline", ["", "soon", "1.5h", "-1m", "2 h", "1w"])
def test_any_other_deadline_is_wrong_usage(deadline):
    with pytest.raises(typer.BadParameter, match="give a time such as 600s, 90m, 2h or 1d"):
        seconds_of(deadline)


@pytest.mark.parametrize("arguments", [["--tolerate", "much"], ["--lock-wait"]])
def test_wrong_usage_ends_with_exit_code_2(arguments):
    assert CliRunner().invoke(app, ["submit", "book.csv", *arguments]).exit_code == 2


@pytest.fixture
def book(tmp_path) -> str:
    path = tmp_path / "book.jsonl"
    path.write_text('{"id": "a", "data_type": "equity"}\n')
    return str(path)


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], ("events", None, None)),
        (["--engine", "auto"], ("auto", None, None)),
        (["--engine", "chunked", "--chunk", "50", "--rate", "2.5"], ("chunked", 50, 2.5)),
    ],
)
def test_the_engine_the_size_of_chunks_and_the_rate_are_options(env, book, monkeypatch, options, asked):
    monkeypatch.setattr(submission, "check_request", lambda *_: None)
    monkeypatch.setattr("rollcall_cli.commands.submit.Environment", lambda name: env)
    done = CliRunner().invoke(app, ["submit", book, "--id", "mine", *options])
    assert done.exit_code == 0, done.output
    request = json.loads(executions.execution(env, "mine")["input"])
    assert (request["engine"], request["chunk_size"], request["rate"]) == asked
