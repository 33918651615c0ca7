"""The command `rollcall plan`."""

import json

import pytest
from typer.testing import CliRunner

from rollcall.engines import Engine
from rollcall_cli.main import app


def run(*arguments: str):
    return CliRunner().invoke(app, ["plan", *arguments])


def asked(*arguments: str) -> dict:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_the_answer_has_all_that_is_promised():
    answer = asked("--items", "1000", "--seconds", "5", "--concurrency", "1000")
    assert answer["makespan_s"]["low"] <= answer["makespan_s"]["expected"] <= 10 <= answer["makespan_s"]["high"]
    assert answer["refused"] == []
    assert {"limit", "from_s", "to_s", "share", "timeline"} == set(answer["binding"])
    assert answer["cost_usd"]["total"] > answer["cost_usd"]["orchestration"] > 0
    assert {"sqs", "lambda", "s3", "dynamodb"} <= set(answer["cost_usd"]["by_service"])
    assert (answer["engine"], answer["items"], answer["seconds"], answer["concurrency"]) == ("events", 1000, 5.0, 1000)
    assert answer["peak_concurrency"] <= 1000 and 0 < answer["utilisation"] <= 1
    assert len(answer["assumptions"]) > 3
    assert answer["quotas"]["lambda_concurrency"]["value"] == 1000
    assert "aws" in answer["quotas"]["lambda_concurrency"]["source"].lower()
    assert {"engine", "chunk", "concurrency"} <= set(answer["recommendation"])


def test_words_go_to_stderr():
    done = run("--items", "1000", "--seconds", "5")
    assert done.stdout == ""
    assert "binding" in done.stderr and "recommended: --engine" in done.stderr


def test_all_engines_stand_side_by_side():
    answer = asked("--items", "10000", "--seconds", "1", "--engine", "all")
    assert [each["engine"] for each in answer["plans"]] == [engine.value for engine in Engine]
    assert {each["engine"] for each in answer["plans"] if each["refused"]} >= {"map", "callback"}
    assert not answer["plans"][0]["refused"]


def test_auto_is_resolved():
    assert asked("--items", "20", "--seconds", "1", "--engine", "auto", "--concurrency", "40")["engine"] == "map"


def test_a_route_gives_target_chunk_size_and_concurrency_without_any_cloud():
    answer = asked("--items", "1000", "--seconds", "2", "--route", "equity", "--env", "local")
    assert (answer["target"], answer["chunk"], answer["concurrency"], answer["data_type"]) == (
        "lambda",
        50,
        4,
        "equity",
    )
    other = asked("--items", "100", "--seconds", "2", "--route", "option.american", "--env", "prod", "--chunk", "5")
    assert (other["target"], other["chunk"], other["concurrency"]) == ("fargate", 5, 100)
    both = asked("--items", "100", "--seconds", "2", "--route", "equity", "--route", "scenario", "--env", "local")
    assert [each["target"] for each in both["plans"]] == ["lambda", "batch"]


def test_a_wanted_makespan_is_answered_with_what_to_raise():
    answer = asked("--items", "1000000", "--seconds", "1", "--within", "600")
    assert answer["reach"]["raise"][0]["limit"] == "lambda_concurrency"
    done = run("--items", "1000000", "--seconds", "1", "--within", "600")
    assert "raise lambda_concurrency from 1,000 to" in done.stderr


def test_a_chart_is_written(tmp_path):
    assert run("--items", "1000", "--seconds", "1", "--chart", str(tmp_path / "plan.svg")).exit_code == 0
    assert "binding" in (tmp_path / "plan.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--items", "0"], ["--items is 0", "a whole number from 1"]),
        (["--items", "5", "--engine", "maps"], ["--engine is 'maps'", "map_in_map"]),
        (["--items", "5", "--chunk", "-1"], ["--chunk is -1"]),
        (["--items", "5", "--concurrency", "0"], ["--concurrency is 0"]),
        (["--items", "5", "--region", "mars"], ["--region is 'mars'", "eu-west-1"]),
        (["--items", "5", "--profile", "mine"], ["--profile is 'mine'", "small-region"]),
        (["--items", "5", "--route", "bond"], ["--route bond", "local.tfvars", "equity"]),
        (["--items", "5", "--within", "0"], ["--within is 0"]),
        (["--items", "5", "--chart", "plan.txt"], ["--chart is 'plan.txt'", ".png"]),
        (["--items", "5", "--engine", "all", "--chart", "plan.png"], ["--chart draws one plan"]),
    ],
)
def test_a_mistake_is_told_with_its_place_and_cure(arguments, words):
    done = run("--seconds", "1", "--env", "local", *arguments)
    assert done.exit_code == 2
    told = " ".join(done.stderr.replace("│", " ").split())
    assert all(word in told for word in words), told


def test_without_credentials_live_says_so_and_uses_the_file(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    done = run("--items", "1000", "--seconds", "1", "--live", "--json")
    assert done.exit_code == 0
    assert "cannot be read" in done.stderr and "the file's are used" in done.stderr
    assert json.loads(done.stdout)["makespan_s"]["expected"] > 0


def test_what_cannot_be_deployed_yet_is_planned_only_when_asked_for():
    done = run("--items", "100", "--seconds", "1200", "--chunk", "1", "--what-if", "long-lambda")
    assert "what if: Lambda functions that run for 1,800 s (not deployable" in done.stderr
    assert "cannot finish" not in done.stderr
    assert run("--items", "1", "--seconds", "1", "--what-if", "magic").exit_code == 2
