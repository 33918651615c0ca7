"""The job's state machine, whole: valid, every state reached, prepared for its tasks to fail."""

import json
import re
from collections import Counter

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from tests.asl.machines import (
    ASL,
    ENGINES,
    ENVIRONMENTS,
    EVERY,
    SAFE,
    composed,
    engine,
    own_states,
    scopes,
    states,
    tasks,
    written,
)

from rollcall.engines import INLINE_CONCURRENCY, Engine

ROLE = "arn:aws:iam::123456789012:role/states"
UNSAFE = "events_per_item"
COUNTING = written("count_answer")
MADE = [*ENVIRONMENTS, *ENGINES, EVERY]
FILES = sorted(str(file.relative_to(ASL)).removesuffix(".asl.json") for file in ASL.rglob("*.json"))


@pytest.fixture(scope="module")
def whole() -> dict:
    return composed(EVERY)


@pytest.fixture(scope="module")
def frame() -> dict[str, dict]:
    """The states of a job in an environment that has the engine events alone."""
    return composed("prod")["States"]


def followers(state: dict) -> set[str]:
    choices = state.get("Choices", []) + state.get("Catch", [])
    return {step["Next"] for step in [state, *choices] if "Next" in step} | (
        {state["Default"]} if "Default" in state else set()
    )


def for_moto(definition: dict) -> str:
    """In words that moto's grammar knows: newer ones of AWS are replaced by their older siblings."""
    older = {"EXPRESS": "STANDARD", "JSONL": "JSON"}
    words = {f'"{name}"': f'"{word}"' for name, word in older.items()}
    words['"ToleratedFailurePercentage": 100'] = '"ToleratedFailurePercentage": 100.0'
    text = re.sub(r', "WriterConfig": \{[^}]*\}', "", json.dumps(definition))
    for word, known in words.items():
        text = text.replace(word, known)
    return text


def accept(definition: dict) -> str:
    """The ARN of a state machine with this definition; refuses what is not valid ASL."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name="us-east-1")
        return client.create_state_machine(name="job", definition=for_moto(definition), roleArn=ROLE)["stateMachineArn"]


def test_every_engine_has_a_file_and_every_file_is_an_engine():
    assert sorted(Engine) == ENGINES


@pytest.mark.parametrize("name", [EVERY, "prod"])
def test_a_machine_terraform_makes_is_valid(name):
    assert accept(composed(name)).endswith("job")


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_a_valid_machine_by_itself(file):
    assert accept(written(file)).endswith("job")


def test_one_that_is_not_valid_would_be_refused(whole):
    late = {**whole["States"]["Finish"], "TimeoutSeconds": "soon"}
    with pytest.raises(ClientError, match="soon"):
        accept({**whole, "States": {**whole["States"], "Finish": late}})


@pytest.mark.parametrize("name", MADE)
def test_every_next_exists_and_every_state_is_reached_in_each_environment_and_with_each_engine(name):
    assert_whole(composed(name))


@pytest.mark.parametrize("file", FILES)
def test_every_next_exists_and_every_state_is_reached_in_each_file(file):
    assert_whole(written(file))


def assert_whole(machine: dict) -> None:
    for scope in scopes(machine):
        reached, waiting = set(), {scope["StartAt"]}
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting |= followers(scope["States"][name]) - reached  # a KeyError names a Next that does not exist
        assert reached == set(scope["States"])


def test_no_name_stands_for_two_states_anywhere_and_each_can_be_logged(whole):
    """AWS refuses the first (DUPLICATE_STATE_NAME, DUPLICATE_LABEL_NAME) and logs no name with a space."""
    names = Counter(name for name, _ in states(whole))
    assert [name for name, count in names.items() if count > 1] == []
    assert all(name.isalnum() and len(name) <= 80 for name in names)
    labels = Counter(state["Label"] for _, state in states(whole) if "Label" in state)
    assert set(labels.values()) == {1} and all(label.isalnum() and len(label) <= 40 for label in labels)


def test_an_engine_takes_no_name_from_another_nor_from_the_frame_but_what_it_shares_and_what_stands_for_it():
    names = Counter(name for each in ENGINES for name in own_states(each))
    assert set(names.values()) == {1}
    for each in ENGINES:
        stand_ins = engine(each)["States"].keys() & written("job")["States"].keys()
        assert stand_ins == {"Released", "RecordFailure"}
        assert {engine(each)["States"][name]["Type"] for name in stand_ins} == {"Succeed", "Fail"}


def test_what_is_written_out_in_several_engines_is_the_same_in_all(whole):
    """A chunk's call, its selection, and the record of answers; but for a state's name, and what is about a rate."""
    chunks = [without_rate(unnamed(state)) for name, state in tasks(whole).items() if name.startswith("RunChunk")]
    selectors = [state["ItemSelector"] for _, state in states(whole) if "request" in state.get("ItemSelector", {})]
    records = [engine(name)["States"]["RecordAnswers"] for name in ENGINES if name not in (Engine.EVENTS, UNSAFE)]
    assert (len(chunks), len(selectors), len(records)) == (8, 10, 6)
    assert all(chunk == chunks[0] for chunk in chunks)
    assert all(kept(selector) == kept(selectors[0]) for selector in selectors)
    assert all(record == whole["States"]["RecordAnswers"] for record in records)


def unnamed(state: dict) -> dict:
    return {**state, "Catch": [{**catcher, "Next": ""} for catcher in state["Catch"]]}


def kept(fields: dict) -> dict:
    return {name: path for name, path in fields.items() if name not in ("rate.$", "rate_name.$")}


def without_rate(state: dict) -> dict:
    payload = state["Parameters"]["Payload"]
    parameters = {**state["Parameters"], "Payload": {**payload, "detail": kept(payload["detail"])}}
    retry = [retrier for retrier in state["Retry"] if retrier["ErrorEquals"] != ["Unfinished"]]
    return {**state, "Parameters": parameters, "Retry": retry}


def test_the_words_of_terraform_stand_inside_strings_alone():
    for file in FILES:
        rest = re.sub(r'"(?:[^"\\\\]|\\\\.)*"', "", (ASL / f"{file}.asl.json").read_text())
        assert "$" not in rest and "@" not in rest, file


def test_a_job_whose_engine_is_missing_fails_with_the_cure(frame):
    assert frame["WhichEngine"]["Default"] == "EngineMissing"
    missing = frame["EngineMissing"]
    assert "name it under engines in the environment's tfvars and apply" in missing["Result"]["Cause"]
    assert (missing["ResultPath"], missing["Next"]) == ("$.error", "RecordFailure")


@pytest.mark.parametrize("name", SAFE)
def test_every_task_has_a_timeout_a_catch_and_retries_with_backoff_and_jitter(name):
    found = tasks(composed(name))
    assert len(found) >= 6
    for name, state in found.items():
        assert state["TimeoutSeconds"] > state.get("HeartbeatSeconds", 0), name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        for retrier in state["Retry"]:
            assert retrier["MaxAttempts"] == 0 or (
                retrier["BackoffRate"] > 1 and retrier["JitterStrategy"] == "FULL"
            ), name


def test_a_wildcard_of_errors_stands_alone_and_last_as_aws_wants_it(whole):
    for name, state in states(whole):
        for handlers in (state.get("Retry", []), state.get("Catch", [])):
            listed = [handler["ErrorEquals"] for handler in handlers]
            assert all(errors == ["States.ALL"] for errors in listed if "States.ALL" in errors), name
            assert ["States.ALL"] not in listed[:-1], name


def test_a_wait_for_a_heartbeat_is_retried_whichever_name_its_error_has(whole):
    """AWS documents two names for it; a retrier of States.Timeout before would take it and give up."""
    (wait,) = [state for name, state in states(whole) if name == "AwaitAnswer"]
    *of_putting, last = [retrier["ErrorEquals"] for retrier in wait["Retry"]]
    assert last == ["States.HeartbeatTimeout", "States.TaskFailed"]
    assert all(error.startswith("EventBridge.") for errors in of_putting for error in errors)


def test_what_is_unsafe_says_so_and_what_breaks():
    for document in (engine(UNSAFE), COUNTING):
        assert document["Comment"].startswith("UNSAFE, for measurement only")
    assert "counted twice" in engine(UNSAFE)["Comment"] and "waits for ever" in engine(UNSAFE)["Comment"]


def test_an_inline_map_runs_no_more_at_once_than_aws_allows(whole):
    maps = [(name, state) for name, state in states(whole) if state["Type"] == "Map"]
    assert len(maps) >= 9
    for name, state in maps:
        fixed = state.get("MaxConcurrency")
        assert ("MaxConcurrencyPath" in state) != (fixed is not None), name
        if state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE":
            assert fixed is None or 1 <= fixed <= INLINE_CONCURRENCY, name
            assert "ItemReader" not in state and "ResultWriter" not in state, name


def test_a_distributed_map_reads_units_tolerates_failures_and_writes_answers(whole):
    maps = [
        state
        for _, state in states(whole)
        if state["Type"] == "Map" and state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    ]
    assert [state["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] for state in maps].count("EXPRESS") == 1
    for state in maps:
        assert state["ItemReader"]["ReaderConfig"] == {"InputType": "JSONL"}
        assert state["ToleratedFailurePercentage"] == 100
        assert state["ResultWriter"]["WriterConfig"] == {"Transformation": "COMPACT", "OutputType": "JSONL"}
        assert "ItemsPath" not in state  # AWS takes one of the two


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_chosen_by_its_name_and_leads_back_into_the_frame(name):
    chosen = {"Variable": "$.engine", "StringEquals": name, "Next": engine(name)["StartAt"]}
    assert chosen in composed(name)["States"]["WhichEngine"]["Choices"]
    own = own_states(name)
    outside = {after for state in own.values() for after in followers(state)} - set(own)
    barrier = "Released" if name in (Engine.EVENTS, UNSAFE) else "RecordAnswers"
    assert outside == {barrier, "RecordFailure"}


def test_a_chunk_that_is_lost_is_an_answer_too(whole):
    lost = [state for name, state in states(whole) if name.startswith("ChunkLost") or name == "AnswerMissing"]
    assert len(lost) == 9
    for state in lost:
        assert state["Parameters"] == {"chunk.$": "$.request.chunk", "error.$": "$.error.Error"}


def test_every_failure_is_recorded_before_the_execution_fails(whole):
    for name, state in whole["States"].items():
        for catcher in state.get("Catch", []):
            target = {"RecordFailure": "JobFailed", "Dispatch": "AwaitBarrier"}.get(name, "RecordFailure")
            assert catcher["Next"] == target, name
    assert whole["States"]["JobFailed"]["Type"] == "Fail"


def test_a_dispatch_that_fails_leaves_no_error_behind_for_the_sweeper_dispatches_again(frame):
    assert frame["Dispatch"]["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "AwaitBarrier"}]


def test_a_job_waits_for_a_held_lock_and_a_refused_input_is_not_tried_again(frame):
    by_error = {error: retrier for retrier in frame["Partition"]["Retry"] for error in retrier["ErrorEquals"]}
    assert by_error["InputRefused"]["MaxAttempts"] == by_error["UnknownJobType"]["MaxAttempts"] == 0
    assert (by_error["LockHeld"]["MaxDelaySeconds"], by_error["LockHeld"]["MaxAttempts"]) == (60, 3000)
    assert list(by_error)[-1] == "States.TaskFailed"  # it takes in every other error, so it comes last


def test_functions_are_told_the_execution_for_its_name_says_which_run_of_which_job_it_is(frame):
    for name in ("Partition", "AwaitBarrier", "Finish", "RecordFailure"):
        assert frame[name]["Parameters"]["Payload"]["execution.$"] == "$$.Execution.Name"


def test_the_next_step_is_told_the_run_and_how_every_item_ended(frame):
    told = frame["NextStep"]["Parameters"]["Payload"]
    assert told["run.$"] == "$.run"
    counts = {"status", "items", "succeeded", "failed", "not_run"}
    assert {f"$.outcome.{name}" for name in counts} <= set(told.values())
    assert counts == set(frame["NothingToWaitFor"]["Result"])


def test_nothing_repeats_per_item_with_the_engine_events(frame):
    assert {state["Type"] for state in frame.values()} <= {"Task", "Choice", "Pass", "Succeed", "Fail"}
