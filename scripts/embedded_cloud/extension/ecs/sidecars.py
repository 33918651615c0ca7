"""GuardDuty's agent: where it watches an account, AWS puts a container of its own into every Fargate task.

AWS: GuardDuty user guide, "Runtime Monitoring". The task's own containers may stand before or after it, so whoever
reads a task has to look for its own by name. Nothing runs here: the agent is in what AWS tells of a task, not in what
the emulator keeps.
"""

from collections.abc import Callable
from itertools import cycle
from typing import Any

from ministack.services import ecs

from embedded_cloud.extension.replacing import around

# Every other task has the agent before its own container.
_comes_first = cycle((True, False))


@around(ecs, "_sanitize")
def with_agent(sanitize: Callable, record: Any) -> Any:
    told = sanitize(record)
    if isinstance(record, dict) and record.get("launchType") == "FARGATE" and "containers" in record:
        if "_agent_comes_first" not in record:
            record["_agent_comes_first"] = next(_comes_first)
        comes_first, agent = record["_agent_comes_first"], _agent_of(told)
        overrides = told["overrides"].get("containerOverrides") or []
        told["containers"] = _beside(told["containers"], agent, comes_first)
        told["overrides"]["containerOverrides"] = _beside(overrides, {"name": agent["name"]}, comes_first)
    return told


def _agent_of(task: dict) -> dict:
    task_id = task["taskArn"].rpartition("/")[2]
    agent = {
        "name": f"aws-guardduty-agent-{task_id[:7]}",
        "containerArn": f"{task['taskArn'].replace(':task/', ':container/')}/{task_id[:8]}",
        "taskArn": task["taskArn"],
        "lastStatus": task["lastStatus"],
        "networkInterfaces": [],
        "healthStatus": "UNKNOWN",
        "cpu": "0",
    }
    return agent | ({"exitCode": 0} if task["lastStatus"] == "STOPPED" else {})


def _beside(own: list[dict], agent: dict, comes_first: bool) -> list[dict]:
    return [agent, *own] if comes_first else [*own, agent]
