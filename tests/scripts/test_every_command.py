"""Every command, in every situation it may meet: it does its work, or one sentence says why not. Never a traceback."""

import json
import os
import shutil
import subprocess
import sys
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
from rollcall.records.jobs import ENDED, JobState
from rollcall_bench import benchmark
from rollcall_cli.commands import bench
from rollcall_client import steering
from rollcall_client.environment import ROOT, Environment

WAYS = list(every_command.ways())
WITH_OPTIONS = list(every_command.ways(options=True))
ASKING = [way for way in WAYS if way[0] not in ("plan", "route", "bench")]  # the others ask no cloud
# What make does before a command, and the file it makes only once.
BEFORE = ("setup", "build", "up", ".venv/.installed", "build/checkov/bin/checkov")
# These do the first step, run all tests or all checks, or start a cloud, for which other tests are there.
ELSEWHERE = ("setup", "build", "test", "lint", "format", "up")
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
    monkeypatch.setattr(bench, "FOLDER", tmp_path / "bench")
    monkeypatch.setattr(clouds, "BUILD", tmp_path / "build")


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    """One for all commands: each of its own would read the service models again, which takes most of their time."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


@pytest.fixture(autouse=True)
def one_session(session, monkeypatch):
    """And one client of each service."""
    made = {}

    def once(make):
        def client(environment: Environment, name: str):
            key = make.__name__, name, environment.options.get("endpoint_url")
            return made.get(key) or made.setdefault(key, make(environment, name))

        return client

    monkeypatch.setattr(Environment, "session", session)
    for make in (Environment.client, Environment.table):
        monkeypatch.setattr(Environment, make.__name__, once(make))


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
        walk(ASKING, nowhere, monkeypatch)
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
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(Environment, "session", boto3.Session())
    walk(ASKING, nowhere, monkeypatch)


@pytest.fixture
def aws(cloud, monkeypatch, tmp_path) -> Path:
    """An AWS in memory, to which nothing has been deployed."""
    monkeypatch.setattr(Environment, "options", {})
    return tmp_path


def test_with_nothing_deployed(aws, monkeypatch):
    outcomes = walk(ASKING, aws, monkeypatch)
    assert any("run: make apply ENV=local" in each.err for each in outcomes)


@pytest.mark.parametrize("text", ["{}", "no JSON", '"a"'])
def test_with_what_an_older_rollcall_deployed(aws, monkeypatch, text):
    Environment("local").client("ssm").put_parameter(Name="/rollcall/local/deployment", Type="String", Value=text)
    walk(ASKING, aws, monkeypatch)


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
    walk(ASKING, tmp_path, monkeypatch)


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"data_type": "equity"}'])
def test_with_routes_of_another_rollcall(deployed, tmp_path, monkeypatch, text):
    deployed.client("ssm").put_parameter(Name="/rollcall/local/routes/equity", Value=text, Overwrite=True)
    walk(ASKING, tmp_path, monkeypatch)


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


@pytest.mark.parametrize(
    ("state", "parts"),
    [*((state, ["equity"]) for state in JobState), *((state, []) for state in (JobState.PARTITIONING, *ENDED))],
    ids=lambda value: value if isinstance(value, str) else "partitioned" if value else "not partitioned",
)
def test_with_a_job_in_each_state(deployed, written, tmp_path, monkeypatch, state, parts):  # noqa: F811
    for way in OF_JOBS:
        written(state, [part(name, 2) for name in parts])
        walk([way], tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """The checkout as it was cloned: nothing is built."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def make(clone: Path, target: str, folder: Path, **variables: str) -> Outcome:
    """Run a command of make with the steps before it left out."""
    before = [word for step in BEFORE if step != target for word in ("-o", step)]
    environment = {
        **os.environ,
        "ROLLCALL_CLOUD_DIR": str(folder),
        "ROLLCALL_CLOUD_PORT": "1",
        "PIP_NO_INDEX": "1",
        **variables,
    }
    environment["PYTHONPATH"] = f"{clone / 'scripts'}:{clone / 'lambda_src'}"
    command = ["make", *before, target, f"BIN={Path(sys.executable).parent}"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=300)
    return Outcome(done.returncode, done.stdout, done.stdout + done.stderr, None)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(each, marks=pytest.mark.full) if each == "iam" else each  # it begins to run tests
        for each in every_command.make_targets()
        if each not in ELSEWHERE
    ],
)
def test_make_on_a_clone_where_the_step_before_was_left_out(clone, tmp_path, target):
    done = make(clone, target, tmp_path)
    assert every_command.mistakes(done) == [], done.err


@pytest.mark.parametrize("target", ["up", "down"])
def test_make_with_a_setting_that_is_none(clone, tmp_path, target):
    done = make(clone, target, tmp_path, ROLLCALL_CLOUD_PORT="many")
    assert every_command.mistakes(done) == [], done.err
    assert "ROLLCALL_CLOUD_PORT is 'many'; set it to a whole number from 1 on" in done.err
