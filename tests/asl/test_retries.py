"""Throttling delays a job and never ends it, and no retry makes an execution's history too long.

AWS, "Handle Lambda service exceptions": Lambda.TooManyRequestsException is given when no more may run at once, and then
nothing was started; the other names tell of Lambda's own trouble, after which a function may have run or not. What AWS
refuses for good (Lambda.AWSLambdaException of a role that may not, Lambda.ResourceNotFoundException) is not among them.
"""

import ast

import pytest
from tests.asl.machines import EVERY, SAFE, composed, engine, tasks

from rollcall.engines import EVENTS_A_JOB, HISTORY_EVENTS, INLINE_CONCURRENCY, Engine, most_chunks
from rollcall.errors import Throttled
from rollcall.throttling import passes_throttling_on
from state_machines import ROOT

THROTTLED = "Lambda.TooManyRequestsException"
TROUBLE = {"Lambda.ServiceException", "Lambda.SdkClientException"}
ATTEMPT_EVENTS = 3  # TaskScheduled, TaskStarted, TaskFailed
OUTAGE_SECONDS = 10 * 60
SHORT_SECONDS = 15 * 60


def of_lambda(machine: dict) -> dict[str, dict]:
    return {name: task for name, task in tasks(machine).items() if ":lambda:invoke" in task["Resource"]}


def retrier(task: dict, error: str) -> dict | None:
    """The first that takes the error, as AWS looks for it; a wildcard takes any but a time-out."""
    taking = ({error}, {"States.TaskFailed"}, {"States.ALL"})
    return next((each for each in task["Retry"] if any(set(each["ErrorEquals"]) & names for names in taking)), None)


def seconds(retrier: dict | None) -> float:
    """How long it keeps trying, on average: full jitter waits half of each delay."""
    if not retrier:
        return 0
    first, rate, most = retrier["IntervalSeconds"], retrier["BackoffRate"], retrier.get("MaxDelaySeconds", float("inf"))
    return sum(min(first * rate**attempt, most) for attempt in range(retrier["MaxAttempts"])) / 2


def retry_events(task: dict, *without: str) -> int:
    counted = [each for each in task["Retry"] if each["ErrorEquals"] != list(without)]
    return ATTEMPT_EVENTS * sum(each["MaxAttempts"] for each in counted)


@pytest.mark.parametrize("name", SAFE)
def test_a_throttled_function_is_tried_again_for_as_long_as_a_job_may_last(name):
    longest = engine(Engine.EVENTS)["States"]["AwaitBarrier"]["TimeoutSeconds"]
    for state, task in of_lambda(composed(name)).items():
        assert seconds(retrier(task, THROTTLED)) >= longest, state


@pytest.mark.parametrize("name", SAFE)
def test_a_short_throttling_of_the_platform_s_functions_costs_no_long_wait(name):
    """Each delay is at most a quarter of all those before."""
    for state, task in of_lambda(composed(name)).items():
        if not state.startswith("RunChunk"):
            found = retrier(task, THROTTLED)
            assert (found["IntervalSeconds"], found["BackoffRate"]) == (1, 1.25), state


@pytest.mark.parametrize("name", SAFE)
def test_functions_that_may_be_repeated_also_outlast_lambda_s_own_trouble(name):
    machine = composed(name)
    for state, task in of_lambda(machine).items():
        if state != "NextStep" and not state.startswith("RunChunk"):
            assert set(retrier(task, THROTTLED)["ErrorEquals"]) == {THROTTLED, *TROUBLE, Throttled.__name__}, state


def test_every_function_that_may_be_repeated_says_by_name_that_aws_asks_it_to_wait():
    called = {task["Parameters"].get("FunctionName", "").strip("${}") for task in of_lambda(composed(EVERY)).values()}
    for name in called - {""}:
        module = ast.parse((ROOT / "lambda_src" / "platform" / name / "handler.py").read_text())
        (handler,) = (each for each in module.body if isinstance(each, ast.FunctionDef) and each.name == "handler")
        decorators = [each.id for each in handler.decorator_list if isinstance(each, ast.Name)]
        assert passes_throttling_on.__name__ in decorators, name


def test_the_next_step_is_tried_again_only_where_surely_nothing_was_started():
    for name in SAFE:
        (only,) = composed(name)["States"]["NextStep"]["Retry"]
        assert only["ErrorEquals"] == [THROTTLED]


@pytest.mark.parametrize("error", ["Lambda.AWSLambdaException", "Lambda.ResourceNotFoundException", "Lambda.Unknown"])
def test_what_is_refused_for_good_or_dies_each_time_fails_within_minutes(error):
    for name in SAFE:
        for state, task in of_lambda(composed(name)).items():
            assert seconds(retrier(task, error)) < SHORT_SECONDS, state


@pytest.mark.parametrize("error", ["EventBridge.AmazonEventBridgeException", "EventBridge.FailedEntry"])
def test_a_throttled_event_is_put_again_for_more_than_ten_minutes_and_a_refused_one_fails_soon_after(error):
    """A name that tells the two apart there is none."""
    assert OUTAGE_SECONDS < seconds(retrier(tasks(composed(Engine.CALLBACK))["AwaitAnswer"], error)) < SHORT_SECONDS


@pytest.mark.parametrize("name", [Engine.EVENTS, Engine.DISTRIBUTED_MAP, Engine.CHUNKED])
def test_all_retries_of_all_functions_together_fit_into_one_history(name):
    """Waiting for a lock included. Chunks of a Distributed Map have histories of their own, of a call each."""
    machine = composed(name)
    own = [task for task in machine["States"].values() if task["Type"] == "Task"]
    assert EVENTS_A_JOB + sum(map(retry_events, own)) <= HISTORY_EVENTS
    chunks = [task for state, task in of_lambda(machine).items() if state.startswith("RunChunk")]
    assert all(retry_events(task) <= HISTORY_EVENTS - 100 for task in chunks)


# History events of one chunk that nothing happens to: its iteration 2, its task 5, with a task token 6.
LARGEST = {Engine.MAP: ("RunChunkMap", 7), Engine.CALLBACK: ("AwaitAnswer", 8)}


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_inline_map_has_room_for_a_throttling_of_all_that_it_runs_at_once_and_of_every_function(name):
    machine, (state, own) = composed(name), LARGEST[name]
    used = {name: task for name, task in tasks(machine).items() if name not in ("Dispatch", "AwaitBarrier")}
    chunk = used.pop(state)
    events = EVENTS_A_JOB + own * most_chunks(name) + INLINE_CONCURRENCY * retry_events(chunk)
    assert events + sum(retry_events(task, "LockHeld") for task in used.values()) <= HISTORY_EVENTS
