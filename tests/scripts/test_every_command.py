"""Every command, in every situation it may meet: it does its work, or one sentence says why not. Never a traceback."""

import json
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
from tests.samples import part
from tests.scripts import every_command
from tests.scripts.conftest import env, written  # noqa: F401  fixtures
from tests.scripts.every_command import Outcome

from embedded_cloud import clouds
from rollcall.records.jobs import JobState
from rollcall_bench import benchmark
from rollcall_cli.commands import measuring
from rollcall_client import steering
from rollcall_client.environment import Environment

WAYS = list(every_command.ways())
WITH_OPTIONS = list(every_command.ways(options=True))
FILES = {"BOOK", "OUT", "CHART"}
OF_JOBS = [way for way in WAYS if "job" in way]


def walk(ways: list[list[str]], folder: Path, monkeypatch) -> list[Outcome]:
    """Run every way; fails with a list of all that went wrong."""
    outcomes = [every_command.run(way, folder, monkeypatch) for way in ways]
    wrong = {
        " ".join(way): found
        for way, each in zip(ways, outcomes, strict=True)
        if (found := every_command.mistakes(each))
    }
    assert not wrong, json.dumps(wrong, indent=2)
    return outcomes


@pytest.fixture(autouse=True)
def no_benchmark(tmp_path, monkeypatch):
    """A benchmark would take minutes, so nothing is built here that it could deploy."""
    monkeypatch.setattr(benchmark, "FOLDER", tmp_path / "bench")
    monkeypatch.setattr(measuring, "FOLDER", tmp_path / "bench")
    monkeypatch.setattr(clouds, "BUILD", tmp_path / "build")


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    """One for all commands: each of its own would read the service models again, which takes most of their time."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


@pytest.fixture(autouse=True)
def one_session(session, monkeypatch):
    monkeypatch.setattr(Environment, "session", session)


@pytest.fixture
def nowhere(tmp_path, monkeypatch) -> Path:
    """A machine on which no cloud of this folder runs and nobody listens at its port."""
    monkeypatch.setenv("ROLLCALL_CLOUD_DIR", str(tmp_path / "cloud"))
    monkeypatch.setenv("ROLLCALL_CLOUD_PORT", "1")
    return tmp_path


def answering(handle) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        do_GET = do_POST = do_PUT = do_HEAD = handle

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def with_error(request) -> None:
    request.send_response(500)
    request.end_headers()


def with_words(request) -> None:
    request.send_response(200)
    request.end_headers()
    request.wfile.write(b"<html>not AWS</html>")


def with_refusal(request) -> None:
    body = json.dumps({"__type": "AccessDeniedException", "message": "not you"}).encode()
    request.send_response(400)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def by_hanging_up(request) -> None:
    request.connection.close()


def test_every_command_has_what_it_needs_to_be_tried():
    assert len(WITH_OPTIONS) > len(WAYS) >= 20
    assert {way[0] for way in WAYS} >= {"plan", "submit", "bench", "dlq", "route"}


def test_with_the_cloud_down(nowhere, monkeypatch):
    outcomes = walk(WITH_OPTIONS, nowhere, monkeypatch)
    assert sum("start it with: make up" in each.err for each in outcomes) > len(WITH_OPTIONS) / 2


def test_a_benchmark_of_nothing_that_is_built_says_what_to_run(nowhere, monkeypatch):
    done = every_command.run(["bench", "--items", "1", "--runs", "1"], nowhere, monkeypatch)
    assert done.code == 1
    assert "nothing is built that could be deployed; run: make build" in done.err


@pytest.mark.parametrize("handle", [with_error, with_words, with_refusal, by_hanging_up])
def test_with_a_cloud_that_is_half_up(nowhere, monkeypatch, handle):
    server = answering(handle)
    monkeypatch.setenv("ROLLCALL_CLOUD_PORT", str(server.server_port))
    try:
        walk(WAYS, nowhere, monkeypatch)
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROLLCALL_CLOUD_PORT", "many"),
        ("ROLLCALL_CLOUD_LAMBDAS", "-1"),
        ("ROLLCALL_ENV", "nowhere"),
        ("ROLLCALL_ENV", "dev"),
    ],
)
def test_with_a_setting_that_is_none(nowhere, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(Environment, "session", property(lambda _: boto3.Session()))
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    walk([way for way in WAYS if "--env" not in way], nowhere, monkeypatch)


@pytest.fixture
def aws(cloud, monkeypatch, tmp_path) -> Path:
    """An AWS in memory, to which nothing has been deployed."""
    monkeypatch.setattr(Environment, "options", {})
    return tmp_path


def test_with_nothing_deployed(aws, monkeypatch):
    outcomes = walk(WAYS, aws, monkeypatch)
    assert any("run: make apply ENV=local" in each.err for each in outcomes)


@pytest.mark.parametrize("text", ["{}", "no JSON", '"a"'])
def test_with_what_an_older_rollcall_deployed(aws, monkeypatch, text):
    Environment("local").client("ssm").put_parameter(Name="/rollcall/local/deployment", Type="String", Value=text)
    walk(WAYS, aws, monkeypatch)


@pytest.fixture
def deployed(env, monkeypatch) -> Environment:  # noqa: F811
    """An environment of which is written down what is deployed, for commands to read."""
    monkeypatch.setattr(Environment, "functions", env.functions, raising=False)
    monkeypatch.setattr(steering, "RECEIPT_SECONDS", steering.POLL_SECONDS)
    ssm = env.client("ssm")
    deployment = json.dumps(asdict(env.deployment))
    ssm.put_parameter(Name="/rollcall/local/deployment", Type="String", Value=deployment)
    for slug, route in zip(("equity", "scenario", "unrouted"), env.routes.values(), strict=True):
        ssm.put_parameter(Name=f"/rollcall/local/routes/{slug}", Type="String", Value=json.dumps(asdict(route)))
    return env


def test_with_a_deployment_that_is_half_gone(deployed, tmp_path, monkeypatch):
    gone = {name: f"gone-{name}" for name in ("jobs_table", "progress_table", "workers_table", "bucket")}
    text = json.dumps({**asdict(deployed.deployment), **gone, "settlements_queue_url": "https://sqs/1/gone"})
    deployed.client("ssm").put_parameter(Name="/rollcall/local/deployment", Value=text, Overwrite=True)
    walk(WAYS, tmp_path, monkeypatch)


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"data_type": "equity"}'])
def test_with_routes_of_another_rollcall(deployed, tmp_path, monkeypatch, text):
    deployed.client("ssm").put_parameter(Name="/rollcall/local/routes/equity", Value=text, Overwrite=True)
    walk(WAYS, tmp_path, monkeypatch)


@pytest.mark.parametrize("kind", ["absent", "folder", "binary", "empty", "below nothing"])
def test_with_files_that_cannot_be_read_or_written(deployed, written, tmp_path, monkeypatch, kind):  # noqa: F811
    written(JobState.SUCCEEDED, [part("equity", 2)])
    file = tmp_path / "nothing" / "file.jsonl" if kind == "below nothing" else tmp_path / "file.jsonl"
    if kind == "folder":
        file.mkdir()
    elif kind in ("binary", "empty"):
        file.write_bytes(b"\xff\xfe\x00" if kind == "binary" else b"")
    with_files = [[str(file) if word in FILES else word for word in way] for way in WITH_OPTIONS if FILES & set(way)]
    with_files += [["route", "test", str(file)], ["submit", str(file), "--seconds", "1", "--dry-run"]]
    walk(with_files, tmp_path, monkeypatch)


def test_with_no_such_job(deployed, tmp_path, monkeypatch):
    outcomes = walk(OF_JOBS, tmp_path, monkeypatch)
    assert any("there is no job 'job'" in each.err for each in outcomes)


@pytest.mark.parametrize("parts", [(), ("equity",)], ids=["not partitioned", "partitioned"])
@pytest.mark.parametrize("state", JobState)
def test_with_a_job_in_each_state(deployed, written, tmp_path, monkeypatch, state, parts):  # noqa: F811
    for way in OF_JOBS:
        written(state, [part(name, 2) for name in parts])
        walk([way], tmp_path, monkeypatch)
