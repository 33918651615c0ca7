"""Permissions taken away from a deployed platform, one at a time, and given back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.end_to_end.commands import eventually

from rollcall_client.environment import Environment


@contextmanager
def without(env: Environment, role: str, action: str) -> Iterator[None]:
    """What a role may do but for one action; fails where it may not do that anyway."""
    iam, before = env.client("iam"), {}
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        left = [less for each in document["Statement"] if (less := statement_without(each, action))]
        if left != document["Statement"]:
            before[name] = document
            put(iam, role, name, {**document, "Statement": left})
    assert before, f"role {role} has no {action} that could be taken away"
    try:
        yield
    finally:
        for name, document in before.items():
            put(iam, role, name, document)


def put(iam, role: str, name: str, document: dict) -> None:
    """One without statements is none."""
    if document["Statement"]:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


def statement_without(statement: dict, action: str) -> dict | None:
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    if action not in actions:
        return statement
    left = [each for each in actions if each != action]
    return {**statement, "Action": left} if left else None


@contextmanager
def without_caller(env: Environment, function: str) -> Iterator[None]:
    """A function that nobody is let call by its own policy."""
    functions = env.client("lambda")
    statements = json.loads(functions.get_policy(FunctionName=function)["Policy"])["Statement"]
    for each in statements:
        functions.remove_permission(FunctionName=function, StatementId=each["Sid"])
    try:
        yield
    finally:
        for each in statements:
            functions.add_permission(
                FunctionName=function,
                StatementId=each["Sid"],
                Action=each["Action"],
                Principal=each["Principal"]["Service"],
                SourceArn=each["Condition"]["ArnLike"]["AWS:SourceArn"],
            )


@contextmanager
def without_queue_policy(env: Environment, queue: str) -> Iterator[None]:
    sqs = env.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def tell_at_once(env: Environment) -> None:
    """A start that is refused is told of at once, not after Lambda has tried twice more."""
    functions, name = env.client("lambda"), "rollcall-local-start-tasks"
    told = functions.get_function_event_invoke_config(FunctionName=name)["DestinationConfig"]
    functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=told)


def clear(env: Environment, starts: bool) -> None:
    """Nothing of an abandoned job is left to be run, and no slot is held by workers that could not be started."""
    for route in env.routes.values():
        env.client("sqs").purge_queue(QueueUrl=route.queue_url)
    if starts:
        # Workers are asked for again as long as chunks wait; to start one later would be to start the next job's.
        wait_for_containers(env)
    table = env.slots.table
    with table.batch_writer() as batch:
        for row in table.scan()["Items"]:
            batch.delete_item(Key={"route": row["route"], "slot": row["slot"]})


def wait_for_containers(env: Environment) -> None:
    """One that still runs, or is about to, takes the next job's chunks, and then none is started for them."""
    for route in (each for each in env.routes.values() if each.target != "lambda"):
        eventually(lambda route=route: not env.slots.live(route.data_type, route.max_concurrency))
    # It gives up its slot before it has looked at its queue for the last time.
    eventually(lambda: not any(running(env)))


def running(env: Environment) -> Iterator[str]:
    """Tasks and Batch jobs that have not ended."""
    name = env.deployment.bus
    yield from env.client("ecs").list_tasks(cluster=name)["taskArns"]
    for status in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"):
        found = env.client("batch").list_jobs(jobQueue=name, jobStatus=status)["jobSummaryList"]
        yield from (job["jobId"] for job in found)
