import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psutil
import pytest

from embedded_cloud import lifecycle, server
from embedded_cloud.errors import CloudError
from embedded_cloud.processes import ProcessRecord, marked
from embedded_cloud.settings import CloudSettings

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def bystander():
    """A process of somebody else."""
    process = subprocess.Popen(SLEEP)
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def command_line(settings, *words):
    environment = {**os.environ, **settings.to_environment()}
    return subprocess.run(
        [sys.executable, "-m", "embedded_cloud", *words], env=environment, capture_output=True, text=True
    )


def busy_processes(cloud):
    """A Lambda and a container that would run for ten minutes, and the mark of their cloud."""
    cloud.function("busy", "import time\ndef handler(event, context): time.sleep(600)", Timeout=600)
    cloud.client("lambda").invoke(FunctionName="busy", InvocationType="Event")
    cloud.task_definition("busy", ["sh", "-c", "sleep 600 & sleep 600"])
    cloud.run_task("busy")
    mark = ProcessRecord.read(cloud.settings.pid_file).mark
    cloud.eventually(lambda: len(marked(mark)) >= 4)
    return mark


def test_up_waits_until_the_cloud_answers_and_a_second_up_leaves_it_alone(own_settings):
    said = []
    first = lifecycle.up(own_settings, say=said.append)
    second = lifecycle.up(own_settings, say=said.append)
    assert first == second == lifecycle.status(own_settings)
    assert first.healthy
    assert "already runs" in said[-1]


def test_two_that_start_the_cloud_at_the_same_time_get_the_same_one(own_settings):
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: command_line(own_settings, "up"), range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert sorted("already runs" in answer.stdout for answer in (first, second)) == [False, True]
    assert lifecycle.status(own_settings).healthy


def test_a_state_is_only_used_at_the_port_its_queue_addresses_hold(own_settings):
    lifecycle.up(own_settings)
    lifecycle.down(own_settings)
    unset = {"ROLLCALL_CLOUD_DIR": str(own_settings.folder)}
    assert CloudSettings.from_environment(unset).port == own_settings.port
    with pytest.raises(CloudError, match=rf"made at port {own_settings.port}.*down --wipe"):
        lifecycle.up(replace(own_settings, port=own_settings.port + 1))
    lifecycle.down(own_settings, wipe=True)
    assert CloudSettings.from_environment(unset).port == 4566


def test_status_can_be_read_by_programs(own_settings):
    shown = json.loads(command_line(own_settings, "status", "--json").stdout)
    assert shown == {"url": own_settings.url, "pid": None, "healthy": False}


def test_a_taken_port_is_named_with_its_cure_and_nothing_is_started(own_settings):
    with socket.socket() as other:
        other.bind(("127.0.0.1", own_settings.port))
        other.listen()
        shown = command_line(own_settings, "up")
    assert shown.returncode != 0
    assert f"Port {own_settings.port} is used by another process" in shown.stderr
    assert "ROLLCALL_CLOUD_PORT" in shown.stderr
    assert not own_settings.pid_file.exists()


def test_the_pid_file_of_an_ended_cloud_is_removed_with_a_word(own_settings):
    own_settings.folder.mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    ProcessRecord(ended.pid, time.time(), "mark", own_settings.port).write(own_settings.pid_file)
    said = []
    assert lifecycle.up(own_settings, say=said.append).healthy
    assert "Removed the pid file" in said[0]


def test_a_process_that_got_the_pid_of_an_ended_cloud_is_not_touched(own_settings, bystander):
    own_settings.folder.mkdir()
    long_ago = bystander.create_time() - 3600
    ProcessRecord(bystander.pid, long_ago, "mark", own_settings.port).write(own_settings.pid_file)
    said = []
    lifecycle.down(own_settings, say=said.append)
    assert "does not run" in said[0]
    assert bystander.is_running()


def test_a_cloud_that_does_not_answer_is_named_with_its_log_and_its_cure(own_settings, bystander):
    own_settings.folder.mkdir()
    ProcessRecord(bystander.pid, bystander.create_time(), "mark", own_settings.port).write(own_settings.pid_file)
    with pytest.raises(CloudError, match=r"does not answer .*cloud\.log; end it with: .* down"):
        lifecycle.up(own_settings)


def test_a_folder_that_cannot_be_made_is_named_with_its_cure(own_settings):
    own_settings.folder.write_text("a file")
    with pytest.raises(CloudError, match=r"cannot be written.*; set ROLLCALL_CLOUD_DIR to another folder"):
        lifecycle.up(own_settings)


def test_a_server_that_dies_while_starting_shows_the_end_of_its_log(own_settings):
    broken = replace(own_settings, lambdas=-1)
    with pytest.raises(CloudError, match=r"(?s)ended while starting.*ROLLCALL_CLOUD_LAMBDAS is '-1'"):
        lifecycle.up(broken)


def test_only_this_machine_can_reach_the_cloud(own_cloud):
    pid = lifecycle.status(own_cloud.settings).pid
    listening = [c for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}


def test_down_leaves_no_process(own_cloud):
    mark = busy_processes(own_cloud)
    lifecycle.down(own_cloud.settings)
    assert marked(mark) == []


def test_kill_9_leaves_no_process_either(own_cloud):
    mark = busy_processes(own_cloud)
    os.kill(lifecycle.status(own_cloud.settings).pid, signal.SIGKILL)
    own_cloud.eventually(lambda: not marked(mark))


def test_wiping_deletes_only_what_the_cloud_made(own_cloud):
    mine = own_cloud.settings.folder / "mine.txt"
    mine.write_text("keep")
    lifecycle.down(own_cloud.settings, wipe=True)
    assert list(own_cloud.settings.folder.iterdir()) == [mine]


def test_another_release_of_the_emulator_is_refused(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.5.34")
    with pytest.raises(CloudError, match=r"needs ministack 1\.5\.33, but 1\.5\.34 is installed; run: .*pip install"):
        server.require_emulator_version()


def test_a_setting_that_is_no_number_is_named():
    with pytest.raises(CloudError, match="ROLLCALL_CLOUD_PORT is 'many'"):
        CloudSettings.from_environment({"ROLLCALL_CLOUD_PORT": "many"})


def test_a_lambda_does_not_see_the_environment_of_the_host(cloud):
    cloud.function("environment", "import os\ndef handler(event, context): return dict(os.environ)")
    seen = cloud.invoke("environment")
    assert "ROLLCALL_TEST_HOST_SECRET" not in seen
    assert "PYTHONPATH" not in seen
    assert seen["AWS_ENDPOINT_URL"] == cloud.settings.url
