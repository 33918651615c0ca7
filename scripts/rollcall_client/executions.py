"""The executions that carry a job: one for each run, and one more each time a run is restarted."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import count

from botocore.exceptions import ClientError

from rollcall.records.causes import cause
from rollcall.records.jobs import execution_name
from rollcall_client.environment import Environment


def execution_arn(env: Environment, name: str) -> str:
    return f"{env.deployment.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def execution(env: Environment, name: str) -> dict | None:
    """The execution of a name (that of a job's first run is the job's id), or None when there is none."""
    try:
        return env.client("stepfunctions").describe_execution(executionArn=execution_arn(env, name))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ExecutionDoesNotExist", "InvalidArn"):
            return None
        raise


def start(env: Environment, name: str, request: dict) -> datetime | None:
    """Start an execution of the job state machine: when it started; None when there was one of this name already."""
    machine = env.deployment.state_machine_arn
    try:
        answer = env.client("stepfunctions").start_execution(
            stateMachineArn=machine, name=name, input=json.dumps(request)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
        return None
    return answer["startDate"]


def of_run(env: Environment, job_id: str, run: int) -> Iterator[dict]:
    """The executions that carried a run, in the order they were started; none when there was no such run."""
    for restart in count():
        found = execution(env, execution_name(job_id, run, restart))
        if found is None:
            return
        yield found


def history(env: Environment, job_id: str) -> list[dict]:
    """Every event of every execution of a job."""
    events: list[dict] = []
    for run in count(1):
        carriers = list(of_run(env, job_id, run))
        if not carriers:
            return events
        events += [event for each in carriers for event in events_of(env, each["executionArn"])]
    return events


def events_of(env: Environment, arn: str) -> list[dict]:
    pages = env.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event for page in pages for event in page["events"]]


def releases(events: list[dict]) -> int:
    """How often the next step was started, counted in the executions' own history."""
    state, starts = None, 0
    for event in events:
        if "stateEnteredEventDetails" in event:
            state = event["stateEnteredEventDetails"]["name"]
        starts += event["type"] == "TaskScheduled" and state == "NextStep"
    return starts


def refusal(events: list[dict]) -> str:
    """Why a job was not partitioned, as the task said it last; "" when it was not refused."""
    reason = ""
    for event in events:
        if event.get("stateEnteredEventDetails", {}).get("name") == "RecordFailure":
            return reason
        if event["type"] == "TaskFailed":
            reason = cause(event["taskFailedEventDetails"].get("cause", ""))
    return ""
