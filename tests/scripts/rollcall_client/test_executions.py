"""What the executions of a job tell: how often it was released, and why it was refused."""

import json

from rollcall_client.executions import execution, history, of_run, refusal, releases, start


def entered(state: str) -> dict:
    return {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": state}}


def failed(message: str) -> dict:
    cause = json.dumps({"errorMessage": message, "errorType": "InputRefused"})
    return {"type": "TaskFailed", "taskFailedEventDetails": {"error": "InputRefused", "cause": cause}}


SCHEDULED = {"type": "TaskScheduled"}


def test_a_release_is_a_start_of_the_next_step_and_of_nothing_else():
    events = [entered("Partition"), SCHEDULED, entered("NextStep"), SCHEDULED, entered("Finish"), SCHEDULED]
    assert releases(events) == 1


def test_a_next_step_started_twice_counts_twice_in_one_execution_or_in_two():
    assert releases([entered("NextStep"), SCHEDULED, {"type": "TaskFailed"}, SCHEDULED]) == 2
    assert (
        releases([entered("NextStep"), SCHEDULED, entered("Partition"), SCHEDULED, entered("NextStep"), SCHEDULED]) == 2
    )


def test_a_job_that_never_came_to_its_next_step_has_no_release():
    assert releases([entered("Partition"), SCHEDULED, entered("Finish"), SCHEDULED]) == 0


def test_a_refusal_is_what_the_partitioning_said_last():
    events = [entered("Partition"), failed("throttled"), failed("nothing to redrive"), entered("RecordFailure")]
    assert refusal([*events, failed("no such run")]) == "nothing to redrive"
    assert refusal([entered("Partition"), failed("throttled"), SCHEDULED]) == ""


def test_runs_and_pickups_are_executions_of_their_job(env):
    assert all(start(env, name, {}) for name in ("job", "job.1.1", "job.2", "job.4", "job2"))
    assert [each["name"] for each in of_run(env, "job", 1)] == ["job", "job.1.1"]
    assert len(history(env, "job")) == 3 * len(history(env, "job2")) > 0


def test_an_execution_is_started_once(env):
    assert execution(env, "job") is None
    assert start(env, "job", {"a": 1})
    assert not start(env, "job", {"a": 2})
    assert json.loads(execution(env, "job")["input"]) == {"a": 1}
