"""As whom EventBridge and its Scheduler hand something to a target.

AWS, "Using resource-based policies for Amazon EventBridge": a rule calls functions, queues and topics as the service,
and everything else as the target's role. AWS, "Setting up Amazon EventBridge Scheduler": a schedule does all as a
role, which may be bound to its schedule group.
"""

from ministack.core.iam_evaluator import PrincipalInfo

from embedded_cloud.extension.iam import callers

BY_RESOURCE = ("lambda", "sqs", "sns")


def sender(rule: dict, target: dict, action: str) -> PrincipalInfo:
    """rule is a rule or a schedule; raises NoSuchRole."""
    source = rule.get("Arn", "")
    if ":schedule/" in source:
        group = source.replace(":schedule/", ":schedule-group/").rpartition("/")[0]
        return callers.role(target.get("RoleArn"), "scheduler.amazonaws.com", group)
    if action.partition(":")[0] in BY_RESOURCE:
        return callers.service("events.amazonaws.com", source)
    return callers.role(target.get("RoleArn"), "events.amazonaws.com", source)
