"""The demo tells what happened, also when a job has failed and its execution goes on."""

import json

import pytest
from tests.scripts.conftest import env  # noqa: F401  a fixture

import demo
from rollcall_client import executions

FAILED = {"job_id": "job", "state": "FAILED", "items": 3, "data_types": [], "failed": 3}


@pytest.mark.parametrize("found", [None, {"startDate": 1, "status": "RUNNING"}])
def test_a_job_that_failed_before_its_execution_ended_is_reported_whole(env, tmp_path, monkeypatch, found):  # noqa: F811
    monkeypatch.setattr(executions, "execution", lambda *_: found)
    monkeypatch.setattr(executions, "history", lambda *_: [])
    monkeypatch.setattr(demo, "END_SECONDS", demo.display.POLL_SECONDS)
    report = demo.write_report(env, FAILED, tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert (report["status"], report["makespan_s"], report["releases"]) == ("FAILED", None, 0)
    demo.say_what_next(report)


def test_an_execution_that_ends_soon_after_its_job_is_waited_for(env, monkeypatch):  # noqa: F811
    seen = iter([{"status": "RUNNING"}, {"status": "FAILED", "stopDate": 2}])
    monkeypatch.setattr(executions, "execution", lambda *_: next(seen))
    assert demo.ended_execution(env, "job", sleep=lambda _: None)["stopDate"] == 2
