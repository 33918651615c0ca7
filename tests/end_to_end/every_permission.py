"""Whatever a plain job is permitted, and does, is missed when it is taken away, and that is told.

Some seventy jobs one after another, each left half-way, on one cloud: `make chaos` runs it, on a machine with nothing
else to do; test_permissions.py has a sample for every run of the tests.
"""

import json
from contextlib import suppress

import pytest
from tests.end_to_end.commands import PYTHON, eventually
from tests.end_to_end.conftest import running_copy
from tests.end_to_end.permissions import clear, tell_at_once, wait_for_containers, without

from embedded_cloud import recording
from rollcall_client import refusals, steering
from rollcall_client.environment import CommandError, Environment
from rollcall_client.job_status import job_row
from rollcall_client.submission import Terms, submit

# What nobody could tell of: without its log a function or task is not heard.
NEVER_TOLD = {"logs:CreateLogStream", "logs:PutLogEvents"}
# Without it a missing object looks forbidden, which is as good as missing.
NOT_MISSED = {
    ("rollcall-local-finish-job", "s3:ListBucket"),
    ("rollcall-local-partition-job", "s3:ListBucket"),
    # What stays in the queue comes again and changes nothing; Lambda tells of it only until its next look.
    ("rollcall-local-track-settlements", "sqs:DeleteMessage"),
}
# Not of the job: what goes on each minute, and what happens when a state machine is made.
ELSEWHERE = {"rollcall-local-schedule", "rollcall-local-sweep-jobs"}
STARTERS = {"rollcall-local-start-tasks", "rollcall-local-batch-rules"}


@pytest.fixture
def own_cloud(once, tmp_path_factory, monkeypatch):
    """One whose permissions are recorded for this test alone."""
    folder = tmp_path_factory.mktemp("cloud")
    calls = folder / "calls.jsonl"
    with running_copy(once, folder, **{recording.IAM_VARIABLE: str(calls)}) as cloud:
        for name, value in cloud.variables.items():
            monkeypatch.setenv(name, value)
        yield cloud, calls


def used(calls) -> list[tuple[str, str]]:
    """(role, action) of what roles were allowed; first what starts workers, while none is left of another job."""
    lines = [json.loads(line) for line in calls.read_text().splitlines()]
    found = {(line["caller"], line["action"]) for line in lines if line["decision"] == "Allow" and line["sid"]}
    missed = (
        (role, action)
        for role, action in found
        if role.startswith("rollcall-local-")
        and role not in ELSEWHERE
        and action not in NEVER_TOLD
        and (role, action) not in NOT_MISSED
    )
    return sorted(missed, key=lambda each: (each[0] not in STARTERS, each))


def test_each_permission_that_a_plain_job_uses_is_missed_and_named(own_cloud, tmp_path):
    cloud, calls = own_cloud
    cloud.must(PYTHON, "scripts/demo.py", "--items", "75")
    env, book = Environment("local"), str(cloud.folder / "book.csv")
    cloud.must(PYTHON, "scripts/generate_book.py", "--items", "75", "--out", book)
    tell_at_once(env)
    permissions = used(calls)
    assert len(permissions) > 50
    wait_for_containers(env)
    for number, (role, action) in enumerate(permissions):
        with without(env, role, action):
            miss(env, book, f"without-{number}", role, action)
            clear(env, starts=role in STARTERS)


def miss(env: Environment, book: str, job_id: str, role: str, action: str) -> None:
    """Submit a job, wait until it is told what its role may not do, and abandon it."""
    submit(env, book, job_id, Terms("valuation"))
    words = f"role {role} may not {action} "
    eventually(lambda: words in " ".join(refusals.told(env, job_row(env, job_id))), f"nobody is told: {words}")
    with suppress(CommandError):  # it has ended
        steering.cancel(env, job_id, "test")
