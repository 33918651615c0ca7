"""Whether a task finds a place: RunTask answers 200 with `failures` when not, and starts none twice for one token.

AWS: "Amazon ECS API failure reasons" and "Ensuring idempotency". A token is kept with its tasks; one whose tasks all
failed has changed nothing, and may be used again.

PUT /_rollcall/capacity with {"FARGATE_SPOT": {"tasks": 0, "reason": "…"}} says how many tasks of a capacity provider
or launch type there may be at once, and what a failure says instead of AWS's usual words. One not named has no limit.
"""

import hashlib
import json
import threading
from collections.abc import Callable

from ministack import app
from ministack.core.responses import error_response_json, json_response
from ministack.services import ecs

from embedded_cloud.extension.replacing import around

PATH = "/_rollcall/capacity"
NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
NO_CPU = "RESOURCE:CPU"

_limits: dict[str, dict] = {}
_placing = threading.Lock()


@around(app, "_handle_admin_config_request")
async def set_limits(configure: Callable, path: str, method: str, body: bytes) -> tuple | None:
    if (path, method) != (PATH, "PUT"):
        return await configure(path, method, body)
    limits = json.loads(body)
    with _placing:
        _limits.clear()
        _limits.update(limits)
    return json_response({})


@around(ecs, "_run_task")
def place(run: Callable, data: dict) -> tuple:
    token, request = data.get("clientToken"), hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    cluster = ecs._clusters[ecs._resolve_cluster_name(data.get("cluster") or "default")]
    with _placing:
        if token and (known := _started_with(token, cluster)):
            return _told_again(known, request)
        provider, wanted = _provider(data, cluster), data.get("count", 1)
        count = min(wanted, _room(provider))
        answer = run({**data, "count": count})
        if answer[0] != 200:
            return answer
        told = json.loads(answer[2])
        for task in told["tasks"]:
            ecs._tasks[task["taskArn"]].update(_client_token=token, _request=request)
        return json_response({**told, "failures": [_failure(provider, cluster) for _ in range(wanted - count)]})


def _started_with(token: str, cluster: dict) -> list[dict]:
    tasks = list(ecs._tasks.values())
    return [
        task for task in tasks if task.get("_client_token") == token and task["clusterArn"] == cluster["clusterArn"]
    ]


def _told_again(tasks: list[dict], request: str) -> tuple:
    if all(task["_request"] == request for task in tasks):
        return json_response({"tasks": [ecs._sanitize(task) for task in tasks], "failures": []})
    message = "The provided clientToken is already in use with a different RunTask request."
    arns = [task["taskArn"] for task in tasks]
    return error_response_json("ConflictException", message, 400, {"resourceIds": arns})


def _provider(data: dict, cluster: dict) -> str:
    """The capacity provider a task would get, or its launch type."""
    launch_type, strategy, _ = ecs._launch_choice(data, cluster)
    launch_type, provider = ecs._task_capacity(launch_type, strategy)
    return provider or launch_type


def _room(provider: str) -> int | float:
    """How many more of its tasks there may be."""
    if provider not in _limits:
        return float("inf")
    there = [task for task in list(ecs._tasks.values()) if task["lastStatus"] != "STOPPED"]
    used = sum((task.get("capacityProviderName") or task["launchType"]) == provider for task in there)
    return max(0, _limits[provider]["tasks"] - used)


def _failure(provider: str, cluster: dict) -> dict:
    reason = _limits[provider].get("reason")
    if provider.startswith("FARGATE"):
        return {"reason": reason or NO_CAPACITY}
    instance = f"{cluster['clusterArn'].replace(':cluster/', ':container-instance/')}/1"
    return {"arn": instance, "reason": reason or NO_CPU}
