"""The bench command says what it cannot measure before it starts anything."""

import pytest
from typer.testing import CliRunner

from rollcall_bench.grid import RUNS, SIZES
from rollcall_cli.commands import bench
from rollcall_cli.main import app


def refused(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["bench", *arguments])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--engine", "map,maps"), "maps"),
        (("--items", "10,ten"), "'10,ten' is not: whole numbers"),
        (("--items", "0"), "whole numbers from 1 on"),
        (("--seconds", "-1"), "'-1' is not: seconds"),
    ],
)
def test_what_it_does_not_understand_is_wrong_usage(arguments, words):
    code, output = refused(*arguments)
    assert code == 2 and words in " ".join(output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--env", "dev"), "only the embedded cloud counts its calls"),
        (("--items", "10000", "--engine", "map"), "none of these engines can do jobs of that size"),
    ],
)
def test_what_cannot_be_measured_is_told(arguments, words):
    code, output = refused(*arguments)
    assert code == 1 and words in " ".join(output.split())


def test_numbers_alone_leave_the_rest_as_it_is_usual(monkeypatch):
    planned = []

    class Stop(Exception):
        pass

    def start(cells, *_):
        planned.extend(cells)
        raise Stop

    monkeypatch.setattr(bench, "Benchmark", start)
    CliRunner().invoke(app, ["bench", "--engine", "events", "--seconds", "0,1"])
    assert {(each.cell.items, each.cell.seconds) for each in planned} == {(n, s) for n in SIZES for s in (0, 1)}
    assert {(each.cell.concurrency, each.cell.chunk, each.runs) for each in planned} == {(40, 1, RUNS)}
