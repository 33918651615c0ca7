"""What ECS, for itself and for Batch, needs roles for: it starts a task as one role and hands the task another.

AWS, "Amazon ECS task execution IAM role" and "Amazon ECS task IAM role".
"""

from embedded_cloud.extension.containers.docker_engine import CannotInitialize
from embedded_cloud.extension.iam import callers
from embedded_cloud.extension.iam.callers import NoSuchRole
from embedded_cloud.extension.iam.deciding import Check, Refused, require
from embedded_cloud.extension.iam.requests import arn

ECS_TASKS = "ecs-tasks.amazonaws.com"
LOG = ("logs:CreateLogStream", "logs:PutLogEvents")


def require_start(task_arn: str, task_role: str | None, execution_role: str | None, log: dict | None) -> None:
    """log has group and stream, or is None where a task writes none; raises CannotInitialize."""
    try:
        if task_role:
            callers.require_trust(task_role, ECS_TASKS, task_arn)
        if log:
            stream = arn("logs", f"log-group:{log['group']}:log-stream:{log['stream']}")
            starter = callers.role(execution_role, ECS_TASKS, task_arn)
            require(starter, *(Check(action, stream) for action in LOG))
    except NoSuchRole as refusal:
        raise CannotInitialize(f"ECS was unable to assume the role: {refusal}") from None
    except Refused as refusal:
        raise CannotInitialize(f"failed to validate logger args: AccessDeniedException: {refusal}") from None
