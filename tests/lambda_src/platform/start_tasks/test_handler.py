"""What a rule hands over is a Worker Requested with the task of its route."""

import importlib
from types import SimpleNamespace

import pytest

from rollcall.errors import InvalidEvent
from rollcall.events import WorkerRequested, envelope
from start_tasks.starting import Task

REQUEST = WorkerRequested("option.american", 3, "w1", 1)


@pytest.fixture
def handler(monkeypatch):
    for name, value in {"cluster": "rollcall-dev", "subnets": "subnet-1,subnet-2", "security_group": "sg-1"}.items():
        monkeypatch.setenv(f"ROLLCALL_{name.upper()}", value)
    return importlib.reload(importlib.import_module("start_tasks.handler"))


def test_the_task_of_the_route_is_started_for_the_worker(handler, monkeypatch):
    assert (handler.starter.subnets, handler.starter.security_group) == (["subnet-1", "subnet-2"], "sg-1")
    started = []
    monkeypatch.setattr(handler, "starter", SimpleNamespace(start=lambda *asked: started.append(asked) or "arn"))
    event = envelope(REQUEST) | {"task": {"definition": "d:3", "spot": True}}
    assert handler.handler(event, None) == {"task": "arn"}
    assert started == [(REQUEST, Task("d:3", spot=True))]


def test_what_asks_for_no_worker_is_refused(handler):
    with pytest.raises(InvalidEvent):
        handler.handler({"task": {"definition": "d:3", "spot": True}}, None)
