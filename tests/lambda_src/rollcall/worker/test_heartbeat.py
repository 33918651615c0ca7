"""The heartbeat goes on while a calculation keeps the worker busy, and ends with it."""

import io
import json
import threading
import urllib.request

import pytest

from rollcall.worker import heartbeat
from rollcall.worker.heartbeat import Heartbeat, task_id


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.005)


def test_it_beats_while_the_block_is_busy_and_not_after():
    beats, three = [], threading.Event()

    def beat() -> None:
        beats.append(1)
        if len(beats) == 3:
            three.set()

    with Heartbeat(beat):
        assert three.wait(300)
    counted = len(beats)
    assert not threading.Event().wait(0.03)
    assert len(beats) == counted


def test_a_beat_that_fails_is_followed_by_the_next():
    beats, two = [], threading.Event()

    def beat() -> None:
        beats.append(1)
        if len(beats) == 2:
            two.set()
        raise ConnectionError("lost")

    with Heartbeat(beat):
        assert two.wait(300)


def test_it_ends_when_the_block_raises():
    with pytest.raises(ValueError, match="broken"), Heartbeat(lambda: None) as beating:
        raise ValueError("broken")
    assert not beating.thread.is_alive()


def test_a_container_knows_its_batch_job_or_its_ecs_task(monkeypatch):
    for name in ("AWS_BATCH_JOB_ID", "ECS_CONTAINER_METADATA_URI_V4"):
        monkeypatch.delenv(name, raising=False)
    assert task_id() == ""

    def opened(url, timeout):
        assert url == "http://169.254.170.2/v4/abc/task"
        return io.BytesIO(json.dumps({"TaskARN": "arn:aws:ecs:task/1"}).encode())

    monkeypatch.setattr(urllib.request, "urlopen", opened)
    monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", "http://169.254.170.2/v4/abc")
    assert task_id() == "arn:aws:ecs:task/1"
    monkeypatch.setenv("AWS_BATCH_JOB_ID", "batch-1")
    assert task_id() == "batch-1"
