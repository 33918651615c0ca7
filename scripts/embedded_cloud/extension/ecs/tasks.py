"""ECS tasks: they wait for a free place, run, report every state change, and stop as on AWS."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.responses import error_response_json, json_response
from ministack.services import ecs

from embedded_cloud.extension.containers.containers import POLL_SECONDS, client, thread_pool
from embedded_cloud.extension.containers.logs import ship
from embedded_cloud.extension.eventbridge import state_events
from embedded_cloud.extension.replacing import around, instead

DEFAULT_STOP_SECONDS = 30
LONGEST_OVERRIDES = 8192
START_FAILED = "ResourceInitializationError: unable to pull image or start container: "

ecs._docker = client
_shippers: dict[str, threading.Thread] = {}


@around(ecs, "_run_task")
def run_task(run: Callable, data: dict) -> tuple:
    refusal = _refusal(data)
    return error_response_json(*refusal) if refusal else run(data)


def _refusal(data: dict) -> tuple[str, str] | None:
    """Code and message for what AWS refuses and the emulator lets pass."""
    cluster = ecs._resolve_cluster_name(data.get("cluster") or "default")
    if cluster not in ecs._clusters:
        return "ClusterNotFoundException", "Cluster not found."
    definition = ecs._task_defs.get(ecs._resolve_td_key(data.get("taskDefinition", "")))
    if not definition:
        return "ClientException", "Unable to find task definition."
    if definition["status"] != "ACTIVE":
        return "ClientException", "TaskDefinition is inactive"
    providers = {each["capacityProvider"] for each in data.get("capacityProviderStrategy") or []}
    if providers - set(ecs._clusters[cluster].get("capacityProviders") or []):
        return "InvalidParameterException", "The specified capacity provider is not associated with the cluster."
    overrides = data.get("overrides") or {}
    if len(json.dumps(overrides)) > LONGEST_OVERRIDES:
        return "InvalidParameterException", f"Container Overrides length must be at most {LONGEST_OVERRIDES}"
    names = {container["name"] for container in definition["containerDefinitions"]}
    for override in overrides.get("containerOverrides") or []:
        if override.get("name") not in names:
            message = f"Override for container named {override.get('name')} is not a container in the TaskDefinition."
            return "InvalidParameterException", message
    return None


@around(ecs, "_run_task_worker")
def queue_task(run: Callable, task: dict, *rest: Any) -> None:
    state_events.task_changed(task)
    thread_pool.submit(run, task, *rest)


# AWS: ACTIVATING is no new version of the task, and no event.
@around(ecs, "_mark_task_pending", "_mark_task_running", "_mark_task_stopped")
def announce(mark: Callable, task_arn: str, task: dict, *rest: Any, **options: Any) -> bool:
    changed = mark(task_arn, task, *rest, **options)
    if changed:
        state_events.task_changed(task)
    return changed


@around(ecs, "_build_run_kwargs")
def options_of_a_process(build: Callable, container: dict, task: dict, *rest: Any) -> dict:
    """It has the architecture of this machine (asking for one only delays the start), and the task's memory."""
    options = build(container, task, *rest)
    options.pop("platform", None)
    return {**options, "mem_limit": f"{container.get('memory') or task.get('memory') or 0}m"}


@around(ecs, "_fail_task_start")
def fail_start(fail: Callable, task: dict, docker: Any, reason: str) -> None:
    fail(task, docker, reason.removeprefix(START_FAILED))


@instead(ecs, "_task_is_active")
def is_active(task_arn: str, task: dict) -> bool:
    """A task being stopped is still there until its containers have ended."""
    return ecs._tasks.get(task_arn) is task and not task.get("_ecs_resetting") and task["lastStatus"] != "STOPPED"


@instead(ecs, "_start_awslogs_forwarder")
def start_shipping(container: Any, specification: dict, task_id: str) -> None:
    if target := ecs._awslogs_config(specification, task_id, container.id):
        _shippers[container.id] = ship(container, target)


@instead(ecs, "_maybe_mark_stopped")
def leave_to_watcher(task: dict, docker: Any = None) -> None:
    """Looking at a task changes nothing: its watcher alone ends it."""


@instead(ecs, "_watch_task_lifecycle")
def watch(task: dict, docker: Any, *_scope: str) -> None:
    """Returns when the task has ended, so that its place in the thread_pool is free again."""
    containers = [docker.containers.get(container_id) for container_id in task["_docker_ids"]]
    while not _is_over(task, containers):
        time.sleep(POLL_SECONDS)
    for container, record in zip(containers, task["containers"], strict=True):
        if container.status != "exited":
            container.stop(timeout=record.get("_stop_seconds", DEFAULT_STOP_SECONDS))
        record["exitCode"] = container.wait()["StatusCode"]
        if shipper := _shippers.pop(container.id, None):
            shipper.join()
    reason = task["stoppedReason"] or "Essential container in task exited"
    ecs._mark_task_stopped(task["taskArn"], task, reason, task["stopCode"] or "EssentialContainerExited")
    ecs._cleanup_task_resources(task, None)
    for container in containers:
        docker.containers.forget(container)


def _is_over(task: dict, containers: list) -> bool:
    ended = []
    for container in containers:
        container.reload()
        ended.append(container.status == "exited")
    essential = [state for state, needed in zip(ended, task["_container_essentials"], strict=True) if needed]
    return task["desiredStatus"] == "STOPPED" or any(essential) or all(ended)


@around(ecs, "_build_task_containers")
def containers_with_stop_timeout(build: Callable, definition: dict, overrides: list) -> list[dict]:
    containers = build(definition, overrides)
    for container, specification in zip(containers, definition["containerDefinitions"], strict=True):
        container["_stop_seconds"] = specification.get("stopTimeout", DEFAULT_STOP_SECONDS)
    return containers


@instead(ecs, "_stop_task")
def stop_task(data: dict) -> tuple:
    """AWS: the containers get SIGTERM and after the stop timeout SIGKILL; the task then reads STOPPED."""
    cluster = ecs._resolve_cluster_name(data.get("cluster") or "default")
    task = ecs._resolve_task(data.get("task", ""), cluster)
    if not task:
        return error_response_json("InvalidParameterException", "The referenced task was not found.")
    reason = data.get("reason") or "Task stopped by user"
    with resource_lock("ecs-task", task["taskArn"]):
        stopping = task["desiredStatus"] != "STOPPED"
        if stopping:
            ecs._bump_task_version(task)
            task.update(desiredStatus="STOPPED", stoppingAt=ecs._iso(), stoppedReason=reason, stopCode="UserInitiated")
    if stopping and task["lastStatus"] == "PROVISIONING":
        ecs._mark_task_stopped(task["taskArn"], task, reason, "UserInitiated")
    elif stopping:
        state_events.task_changed(task)
    return json_response({"task": ecs._sanitize(task)})
