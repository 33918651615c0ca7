"""A permission that is missing ends the demo, which names who may not do what."""

from contextlib import ExitStack, suppress

import pytest
from tests.end_to_end.commands import PYTHON
from tests.end_to_end.conftest import running_copy
from tests.end_to_end.permissions import clear, tell_at_once, without, without_caller, without_queue_policy

from embedded_cloud import recording
from rollcall_client import refusals, steering
from rollcall_client.environment import CommandError, Environment
from rollcall_client.job_status import job_row

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("permissions")]


@pytest.fixture(scope="module")
def own_cloud(once, tmp_path_factory):
    """One that other tests do not work with, for jobs here stop half-way; what is refused here is on purpose."""
    with running_copy(once, tmp_path_factory.mktemp("cloud"), **{recording.IAM_VARIABLE: ""}) as cloud:
        yield cloud


@pytest.fixture
def own_env(own_cloud, monkeypatch):
    for name, value in own_cloud.variables.items():
        monkeypatch.setenv(name, value)
    env = Environment("local")
    tell_at_once(env)
    return env


@pytest.fixture
def demo(own_cloud, own_env):
    """What the demo says that fails, and what `rollcall why` adds for refused calls."""

    def run() -> tuple[str, str]:
        done = own_cloud.run(PYTHON, "scripts/demo.py", "--items", "75")
        assert done.code == 1, done.out + done.err
        job_id = done.err.partition("submitted it as job ")[2].split()[0]
        why = " ".join(refusals.told(own_env, job_row(own_env, job_id)))
        with suppress(CommandError):  # it has ended
            steering.cancel(own_env, job_id, "test")
        clear(own_env, starts=True)
        return done.err, why

    return run


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("dispatch-chunks", "sqs:SendMessage"),
        ("track-settlements", "dynamodb:UpdateItem"),
        ("track-settlements", "states:SendTaskSuccess"),
        ("start-tasks", "ecs:RunTask"),
        ("start-tasks", "iam:PassRole"),
    ],
)
def test_a_role_without_one_of_its_permissions_is_named_with_it(own_env, demo, role, action):
    with without(own_env, f"rollcall-local-{role}", action):
        for words in demo():
            assert f"role rollcall-local-{role} may not {action} on " in " ".join(words.split())


def test_a_rule_that_a_function_does_not_let_in_is_told(own_env, demo):
    with without_caller(own_env, "rollcall-local-route-equity"):
        for words in demo():
            assert "events.amazonaws.com may not lambda:InvokeFunction on " in words
            assert "function:rollcall-local-route-equity" in words


def test_a_rule_whose_events_reach_neither_target_nor_dead_letters_is_told(own_env, demo):
    with ExitStack() as taken:
        taken.enter_context(without_caller(own_env, "rollcall-local-route-equity"))
        taken.enter_context(without_queue_policy(own_env, "rollcall-local-route-equity-dlq"))
        for words in demo():
            assert "events.amazonaws.com could not sqs:SendMessage on " in words
            assert "rollcall-local-route-equity-dlq" in words
