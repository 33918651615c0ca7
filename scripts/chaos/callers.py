"""Who makes a call to the cloud: as which function, and from which process."""

import contextlib
from collections.abc import Callable
from contextvars import ContextVar

import psutil
from ministack import app
from ministack.core.router import extract_access_key_id

from embedded_cloud.extension import roles
from embedded_cloud.extension.replacing import around

_port: ContextVar[int] = ContextVar("port of the caller")
_function: ContextVar[str] = ContextVar("function that calls", default="")
_processes: dict[int, psutil.Process | None] = {}


def install() -> None:
    @around(app, "app")
    async def serve(answer: Callable, scope: dict, receive: Callable, send: Callable) -> None:
        if scope.get("client"):
            _port.set(scope["client"][1])
        await answer(scope, receive, send)

    @around(app, "_dispatch_service_request")
    async def dispatch(
        answer: Callable, method: str, path: str, headers: dict, body: bytes, query: dict, request_id: str
    ) -> tuple:
        _function.set((roles.caller(extract_access_key_id(headers, query)) or "").partition(":")[2])
        return await answer(method, path, headers, body, query, request_id)


def port() -> int:
    """The caller's own port, in the request that is being answered."""
    return _port.get()


def function() -> str:
    """The name of the function that calls; a task's or a job's id, or "", for callers of other kinds."""
    return _function.get()


def process_at(port: int) -> psutil.Process | None:
    """The process of this cloud at the other end of a connection; None when it has gone."""
    known = _processes.get(port)
    if known is None or not known.is_running():
        _processes[port] = known = _find(port)
    return known


def _find(port: int) -> psutil.Process | None:
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any(connection.laddr.port == port for connection in process.net_connections("tcp")):
                return process
    return None


def is_alive(process: psutil.Process | None) -> bool:
    """Also of one that nobody has collected yet."""
    try:
        return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(process: psutil.Process | None) -> bool:
    """SIGKILL; False when it had ended."""
    if process is None or not is_alive(process):
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
    return True
