"""State machines made for one test."""

import json
import urllib.request
from collections import Counter
from uuid import uuid4

import pytest

ROLE = "arn:aws:iam::000000000000:role/states"


class States:
    def __init__(self, cloud):
        self._cloud = cloud
        self.client = cloud.client("stepfunctions")

    def start(self, state: dict, given: object = None, **definition) -> str:
        """Starts a machine of this one state; returns the execution's ARN."""
        text = json.dumps({"StartAt": "Only", "States": {"Only": {"End": True, **state}}, **definition})
        machine = self.client.create_state_machine(name=f"m{uuid4()}", definition=text, roleArn=ROLE)
        given = json.dumps({} if given is None else given)
        return self.client.start_execution(stateMachineArn=machine["stateMachineArn"], input=given)["executionArn"]

    def end(self, execution: str) -> dict:
        """The description of the execution once it is over."""

        def over():
            found = self.client.describe_execution(executionArn=execution)
            return found["status"] != "RUNNING" and found

        return self._cloud.eventually(over)

    def run(self, state: dict, given: object = None) -> dict:
        return self.end(self.start(state, given))

    def output(self, state: dict, given: object = None) -> object:
        ended = self.run(state, given)
        assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
        return json.loads(ended["output"])

    def map_run(self, execution: str) -> dict:
        arn = self.client.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]
        return self.client.describe_map_run(mapRunArn=arn)


@pytest.fixture
def states(cloud) -> States:
    return States(cloud)


@pytest.fixture
def counted(cloud):
    """Makes a call that tells what was counted since its last call."""
    last = Counter()

    def since() -> Counter:
        nonlocal last
        with urllib.request.urlopen(f"{cloud.settings.url}/_rollcall/calls") as answer:
            now = Counter(json.load(answer))
        grown = Counter({name: now[name] - last[name] for name in now if now[name] != last[name]})
        last = now
        return grown

    since()
    return since
