"""What `rollcall check` tells, the options that say how an input is read, and that data is shown as it is."""

import json

import pytest
from typer.testing import CliRunner

from rollcall_cli.commands.failures import as_table
from rollcall_cli.main import app
from rollcall_client import checking, failures, offline_routes
from rollcall_terminal import console

CSV = "Account,Product,Spot,Note\n1,equity,1.5,007\n2,equity,2,\n3,fx,3,x\n"
SAID = ["--id-from", "Account", "--data-type-from", "Product", "--map", "spot=Spot"]


@pytest.fixture
def check(tmp_path, monkeypatch):
    """check(content, options, name of the file)."""
    monkeypatch.setenv("ROLLCALL_CLOUD_PORT", "1")  # nobody is asked

    def do(content: str, *options: str, name: str = "b.csv"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return CliRunner().invoke(app, ["check", str(tmp_path / name), *options])

    return do


def test_a_check_tells_what_an_input_holds_without_any_cloud(check):
    done = check(CSV, *SAID, "--json")
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert (report["items"], report["data_types"]) == (3, {"equity": 2, "fx": 1})
    assert report["fields"] == {"spot": {"number": 3}, "Note": {"text": 2}}
    assert report["samples"][0] == {"id": "1", "data_type": "equity", "spot": 1.5, "Note": "007"}
    assert report["no_route"] == ["fx"] and report["problems"] == []
    assert "column 'Note' is read as text: '007'" in report["notices"][0]


def test_a_check_reads_as_is_usual_for_a_job_type_and_what_is_said_comes_first(check, tmp_path, monkeypatch):
    readings = 'readings = { "valuation" = { id = "Account", data_type_from = "Product", rename = { spot = "Spot" } } }'
    (tmp_path / "local.tfvars").write_text(readings)
    monkeypatch.setattr(offline_routes, "ENVIRONMENTS", tmp_path)
    report = json.loads(check(CSV, "--type", "valuation", "--json").stdout)
    assert report["data_types"] == {"equity": 2, "fx": 1} and "spot" in report["fields"]
    report = json.loads(check(CSV, "--type", "valuation", "--data-type", "bond", "--json").stdout)
    assert report["data_types"] == {"bond": 3}


def test_a_check_goes_by_the_contracts_last_built(check, tmp_path, monkeypatch):
    (tmp_path / "fx.json").write_text('{"properties": {"Spot": {"type": "boolean"}}}')
    monkeypatch.setattr(checking, "SCHEMAS", tmp_path)
    done = check(CSV, *SAID[:4])
    assert done.exit_code == 5 and "line 4: cell '3' of column 'Spot' is neither true nor false" in done.stderr


def test_a_check_in_words(check):
    done = check(CSV, *SAID)
    for words in (
        "equity",
        "Note",
        '{"id": "1", "data_type": "equity"',
        "it would be taken: 3 items",
        "no route for 'fx'",
    ):
        assert words in done.stderr


def test_what_would_be_refused_is_told_with_the_exit_code_of_a_refusal(check):
    done = check("id,data_type,v\na,equity,1\na,equity,01\n")
    assert done.exit_code == 5
    assert "it would be refused; 2 to correct:" in done.stderr
    assert "line 3: id 'a' stands already at line 2" in done.stderr
    assert "column 'v' holds '01', which only looks like a number" in done.stderr


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("a;x\n", ["--delimiter", ";"]),
        ("a\tx\n", ["--delimiter", "tab"]),
        ("a\tx\n", ["--delimiter", "\\t"]),
        ("a|x\n", ["--delimiter", "|", "--format", "csv"]),
    ],
)
def test_delimiters_are_named_as_one_types_them(check, content, options):
    header = "id" + content[1] + "data_type\n"
    assert check(header + content, *options, "--json").exit_code == 0


@pytest.mark.parametrize("options", [["--map", "spot"], ["--map", "=x"], ["--map", "x="]])
def test_a_mapping_that_is_none_is_wrong_usage(check, options):
    assert check(CSV, *options).exit_code == 2


def test_options_that_contradict_each_other_are_refused(check):
    done = check(CSV, "--data-type", "x", "--data-type-from", "Product")
    assert done.exit_code == 5 and "the data type is named twice" in done.stderr


@pytest.mark.parametrize("id", ["x[/y]", "[red]x[/red]", "[link=file:///]a", "\\[x]", "{x}", ":smile:"])
def test_ids_data_types_and_errors_are_shown_as_they_are(id, monkeypatch, capsys):
    error = {"type": f"E{id}", "message": id, "retryable": False, "attempts": 1}
    found = failures.group([{"ok": False, "id": id, "data_type": f"t{id}", "error": error}])
    monkeypatch.setattr(console, "width", 200)
    console.print(as_table(found))
    shown = capsys.readouterr().err
    assert all(f" {text} " in shown for text in (id, f"t{id}", f"E{id}"))


@pytest.mark.parametrize("id", ["x[/y]", "[red]x[/red]", ":smile:"])
def test_a_check_shows_data_as_it_is(check, id):
    done = check(json.dumps({"id": id, "data_type": id, id: 1}) + "\n" + json.dumps({"id": id}), name="b.jsonl")
    assert done.exit_code == 5 and done.exception.__class__ is SystemExit
    assert done.stderr.count(id) >= 4
