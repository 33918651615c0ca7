"""Starting, stopping and looking at the embedded cloud.

It runs detached, on the loopback interface only, with an environment of its own: it executes
code, and that code must not see the secrets of the shell it was started from.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from embedded_cloud import recording
from embedded_cloud.errors import CloudError
from embedded_cloud.exclusive import exclusively
from embedded_cloud.processes import MARK, ProcessRecord, end_marked, wait_until_ended
from embedded_cloud.settings import HOST, CloudSettings

START_SECONDS = 30
STOP_SECONDS = 30
LOG_LINES_SHOWN = 20
INHERITED = ("PATH", "HOME", "LANG", "DOCKER_HOST", recording.VARIABLE, recording.IAM_VARIABLE)
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy knows of this machine's own servers

SERVER = ("embedded_cloud.server",)

Say = Callable[[str], None]


@dataclass(frozen=True)
class CloudStatus:
    """pid is None when no cloud of this folder runs."""

    url: str
    pid: int | None
    healthy: bool


def endpoint(settings: CloudSettings) -> str:
    """Where the cloud of this folder answers, or would after `up`."""
    return status(settings).url


def status(settings: CloudSettings) -> CloudStatus:
    record = ProcessRecord.read(settings.pid_file)
    process = record and record.process()
    if not record or not process:
        return CloudStatus(settings.url, None, False)
    url = replace(settings, port=record.port).url
    return CloudStatus(url, process.pid, _is_healthy(url))


def up(settings: CloudSettings, say: Say = print, server: tuple[str, ...] = SERVER) -> CloudStatus:
    """Starts the cloud and waits until it answers; one that runs already, or is being started, is left alone.

    `server` is the module that serves, and its arguments. Raises CloudError when the port is taken or not the one of
    the saved state, the server dies, or it does not answer in 30 s.
    """
    try:
        with exclusively(settings.lock_file):
            return _up(settings, say, server)
    except OSError as error:
        raise CloudError(
            f"{settings.folder} cannot be written: {error.strerror}; set ROLLCALL_CLOUD_DIR to another folder."
        ) from None


def _up(settings: CloudSettings, say: Say, module: tuple[str, ...]) -> CloudStatus:
    found = status(settings)
    if found.healthy:
        say(f"The embedded cloud already runs at {found.url} (process {found.pid}).")
        return found
    if found.pid:
        raise CloudError(
            f"The embedded cloud runs as process {found.pid} but does not answer at {found.url}. "
            f"Its log is {settings.log_file}; end it with: python -m embedded_cloud down"
        )
    if settings.pid_file.exists():
        settings.pid_file.unlink()
        say("Removed the pid file of an embedded cloud that has ended.")
    _require_port_of_state(settings)
    _require_free_port(settings)
    server = _start(settings, module)
    _wait_until_healthy(settings, server)
    say(f"The embedded cloud runs at {settings.url} (process {server.pid}).")
    return CloudStatus(settings.url, server.pid, True)


def down(settings: CloudSettings, wipe: bool = False, say: Say = print) -> None:
    """Ends the cloud with all its Lambdas and containers; its state is kept unless wiped."""
    record = ProcessRecord.read(settings.pid_file)
    if process := record and record.process():
        descendants = process.children(recursive=True)
        process.terminate()
        if not wait_until_ended([process], STOP_SECONDS):
            process.kill()
            say(f"It did not stop within {STOP_SECONDS} s and was killed; the last snapshot of its state is kept.")
        end_marked(record.mark)
        wait_until_ended(descendants, STOP_SECONDS)
        say("The embedded cloud has stopped.")
    else:
        say("The embedded cloud does not run.")
    if settings.pid_file.exists():
        settings.pid_file.unlink()
    if wipe:
        _wipe(settings)
        say(f"Deleted its state below {settings.folder}.")


def _is_healthy(url: str) -> bool:
    try:
        with DIRECT.open(f"{url}/_ministack/health", timeout=2) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def _require_port_of_state(settings: CloudSettings) -> None:
    if settings.port_of_state not in (None, settings.port):
        raise CloudError(
            f"The state below {settings.folder} was made at port {settings.port_of_state}, which its queue addresses "
            f"hold; unset ROLLCALL_CLOUD_PORT, or delete that state: python -m embedded_cloud down --wipe"
        )


def _require_free_port(settings: CloudSettings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, settings.port))
        except OSError:
            raise CloudError(
                f"Port {settings.port} is used by another process; set ROLLCALL_CLOUD_PORT to a free port."
            ) from None


def _start(settings: CloudSettings, module: tuple[str, ...]) -> subprocess.Popen:
    _make_folders(settings)
    mark = uuid.uuid4().hex
    with settings.log_file.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *module],
            env=_server_environment(settings, mark),
            cwd=settings.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    created = psutil.Process(server.pid).create_time()
    ProcessRecord(server.pid, created, mark, settings.port).write(settings.pid_file)
    return server


def _make_folders(settings: CloudSettings) -> None:
    # A killed cloud leaves unpacked Lambdas there.
    shutil.rmtree(settings.scratch, ignore_errors=True)
    for folder in (settings.state, settings.objects, settings.scratch):
        folder.mkdir(parents=True, exist_ok=True)
    settings.port_file.write_text(str(settings.port))


def _server_environment(settings: CloudSettings, mark: str) -> dict[str, str]:
    return {
        "LANG": "C.UTF-8",
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        **settings.to_environment(),
        MARK: mark,
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "TMPDIR": str(settings.scratch),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(settings.port),
        "STATE_DIR": str(settings.state),
        "S3_DATA_DIR": str(settings.objects),
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_ACCOUNT_CONCURRENCY": str(settings.lambdas),
        "LOG_LEVEL": "WARNING",
        "AUTH": "true",
    }


def _wait_until_healthy(settings: CloudSettings, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_healthy(settings.url):
        if server.poll() is not None:
            settings.pid_file.unlink(missing_ok=True)
            raise CloudError(f"The embedded cloud ended while starting. {_log_tail(settings)}")
        if time.monotonic() > deadline:
            down(settings, say=lambda _: None)
            raise CloudError(f"The embedded cloud did not answer within {START_SECONDS} s. {_log_tail(settings)}")
        time.sleep(0.05)


def _log_tail(settings: CloudSettings) -> str:
    lines = settings.log_file.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    return "\n".join([f"The end of its log, {settings.log_file}:", *(f"    {line}" for line in lines)])


def _wipe(settings: CloudSettings) -> None:
    """Only what the cloud made: ROLLCALL_CLOUD_DIR may name a folder that holds more."""
    for folder in (settings.state, settings.objects, settings.scratch):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (settings.log_file, settings.lock_file):
        file.unlink(missing_ok=True)
    if settings.folder.is_dir() and not any(settings.folder.iterdir()):
        settings.folder.rmdir()
