"""Which route an item would take is told from tfvars alone."""

import json

import pytest
from typer.testing import CliRunner

from rollcall_cli.main import app


def run(*arguments: str, **options):
    return CliRunner().invoke(app, ["route", "test", *arguments], **options)


@pytest.mark.parametrize(
    ("data_type", "target"),
    [("equity", "lambda"), ("option.american", "fargate"), ("scenario", "batch")],
)
def test_an_item_takes_the_route_of_its_data_type(data_type, target):
    done = run(json.dumps({"id": "a", "data_type": data_type}), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["target"] == target
    assert f"{data_type} → {target}" in done.stderr


def test_an_event_from_the_bus_and_a_request_document_name_it_too():
    assert run('{"detail-type": "Chunk Requested", "detail": {"data_type": "equity"}}').exit_code == 0
    assert run('{"caseId": "a", "dataType": "equity"}').exit_code == 0


def test_the_event_may_come_from_a_file_or_standard_input(tmp_path):
    (tmp_path / "item.json").write_text('{"data_type": "equity"}')
    assert run(str(tmp_path / "item.json")).exit_code == 0
    assert run("-", input='{"data_type": "scenario"}').exit_code == 0


def test_each_environment_has_its_own_routes():
    assert run('{"data_type": "equity"}', "--env", "prod").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (['{"data_type": "fx"}'], "data type 'fx' has no route: such items fail; add one to routes in"),
        (['{"id": "a"}'], 'the event names no data type; give it a "data_type"'),
        (["{"], "the event is not valid JSON"),
        (["nothing.json"], "nothing.json: neither JSON nor a file"),
        (['{"data_type": "equity"}', "--env", "moon"], "there is no environment 'moon'"),
    ],
)
def test_what_cannot_be_told_gets_one_clear_sentence(arguments, words):
    done = run(*arguments)
    assert done.exit_code == 1
    assert words in done.stderr and "Traceback" not in done.stderr
