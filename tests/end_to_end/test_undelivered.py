"""What could not be delivered to the platform's functions is read from its queue: acted on, or told in the log."""

import json
from datetime import UTC, datetime

import pytest
from tests.end_to_end.commands import eventually
from tests.end_to_end.conftest import running_copy
from tests.end_to_end.permissions import without, without_caller

from rollcall_client.environment import Environment

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("undelivered")]
READER = "rollcall-local-handle-worker-failures"


@pytest.fixture(scope="module")
def session_cloud(once, tmp_path_factory):
    """One whose deliveries no other test waits for."""
    with running_copy(once, tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def told(env):
    """told(words) waits until the reader's log has a line with all of them since the test began."""
    began, logs = int(datetime.now(UTC).timestamp() * 1000), env.client("logs")

    def wait(*words: str) -> str:
        def line() -> str | None:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{READER}", startTime=began)["events"]
            lines = (event["message"] for event in found)
            return next((each for each in lines if all(word in each for word in words)), None)

        return eventually(line, f"no line with {words}")

    return wait


@pytest.mark.refused("lambda:InvokeFunction")
@pytest.mark.parametrize("data_type", ["probe.task", "probe.job"])
def test_the_end_of_a_worker_that_its_rule_could_not_tell_of_is_accounted_for_from_its_letter(
    cloud, env, told, data_type
):
    """Without that the sweep would mend it in time, and the job end no differently."""
    job_id = data_type.replace(".", "-")
    items = [{"id": str(n), "data_type": data_type, **({"die": True} if n == 1 else {})} for n in range(4)]
    with without_caller(env, READER):
        done = cloud.submit(f"untold-{job_id}", items, "--wait", "--json")
        told("worker died at work", data_type)
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("PARTIAL", 3, 1)


@pytest.mark.parametrize("function", ["finish-job", "dispatch-chunks", "start-tasks"])
def test_a_call_that_nobody_waits_for_and_that_fails_is_told(env, told, function):
    name = f"rollcall-local-{function}"
    call_in_vain(env, name, {"broken": function})
    told("let go", "broken", function)


@pytest.mark.refused("dynamodb:Query")
def test_a_sweep_that_fails_is_told(env, told):
    with without(env, "rollcall-local-sweep-jobs", "dynamodb:Query"):
        call_in_vain(env, "rollcall-local-sweep-jobs", {"broken": "sweep"})
        told("let go", "broken", "sweep-jobs")


@pytest.mark.refused("lambda:InvokeFunction")
def test_a_sweep_that_could_not_be_asked_for_is_told(env, told):
    with without(env, "rollcall-local-schedule", "lambda:InvokeFunction"):
        told("let go", "rollcall-local-sweep-jobs", "NO_PERMISSIONS")


@pytest.mark.refused("ssm:GetParametersByPath", "dynamodb:GetItem")
def test_the_end_of_a_worker_that_the_failure_handler_failed_on_comes_back_to_it_by_letter(env, told):
    worker = {"version": "1", "data_type": "probe.job", "slot": "0", "worker": "nobody", "attempt": "1"}
    event = {"detail-type": "Batch Job State Change", "detail": {"jobId": "nobodys", "parameters": worker}}
    with without(env, READER, "dynamodb:GetItem"):
        call_in_vain(env, READER, event)
        told("message not accounted for, it will be delivered again")


def call_in_vain(env: Environment, function: str, payload: dict) -> None:
    """Call a function without waiting; that it failed is told at once, not after Lambda has tried twice more."""
    functions = env.client("lambda")
    told = functions.get_function_event_invoke_config(FunctionName=function)["DestinationConfig"]
    functions.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0, DestinationConfig=told)
    functions.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(payload).encode())
