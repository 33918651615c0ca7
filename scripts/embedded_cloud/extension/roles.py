"""Each function, task and job calls AWS as its own role."""

import hashlib
from collections.abc import Callable
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import ecs, iam, sts

from embedded_cloud.extension.iam.tasks import require_start
from embedded_cloud.extension.replacing import around

LONGEST_SESSION_NAME = 64


def credentials(role_arn: str | None, session: str) -> dict[str, str]:
    """The variables that make a process call as this role; none when there is no such role."""
    name, session = (role_arn or "").rpartition("/")[2], session[:LONGEST_SESSION_NAME]
    role = iam._roles.get(name)
    if not role:
        return {}
    key = f"ASIA{hashlib.sha256(f'{role_arn}/{session}'.encode()).hexdigest()[:16].upper()}"
    account = str(role_arn).split(":")[4]
    secrets = {"SecretAccessKey": key, "SessionToken": key}
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    sts.register_session(key, {"Arn": arn, "UserId": f"{role['RoleId']}:{session}", **secrets})
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": key, "AWS_SESSION_TOKEN": key}


def caller(access_key: str) -> str | None:
    """AWS: the unique id of the role and the name of the session; None for the account itself."""
    return sts._sessions.get(access_key, {}).get("UserId")


@around(lambda_runtime, "execution_credentials")
def function_credentials(of_account: Callable, config: dict) -> dict[str, str]:
    return credentials(config.get("Role"), config["FunctionName"]) or of_account(config)


@around(ecs, "_build_run_kwargs")
def options_with_role(build: Callable, *arguments: Any) -> dict:
    """Raises CannotInitialize."""
    options = build(*arguments)
    container, definition, task_arn = arguments[0], arguments[1], arguments[7]
    roles = {**definition, **ecs._tasks[task_arn]["overrides"]}
    log = ecs._awslogs_config(container, task_arn.rpartition("/")[2], "")
    require_start(task_arn, roles.get("taskRoleArn"), roles.get("executionRoleArn"), log)
    options["environment"].update(credentials(roles.get("taskRoleArn"), task_arn.rpartition("/")[2]))
    return options
