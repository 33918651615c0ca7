"""Whether a caller may do what a call needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, EvalResult, PrincipalInfo
from ministack.core.responses import get_region


@dataclass(frozen=True)
class Check:
    """One permission that a call needs; keys are the condition keys it carries, in lower case."""

    action: str
    resource: str
    keys: Mapping[str, object] = field(default_factory=dict)


class Refused(Exception):
    """Raised when the policies do not allow a call; the text is AWS's."""

    def __init__(self, caller: PrincipalInfo, check: Check, decision: str, by_resource: bool):
        # S3 alone writes the resource in quotation marks.
        resource = f'"{check.resource}"' if check.action.startswith("s3:") else check.resource
        what = f"perform: {check.action} on resource: {resource}"
        self.caller, self.check, self.denied = caller, check, decision == "Deny"
        super().__init__(f"User: {caller.arn} is not authorized to {what} {self._reason(by_resource)}")

    def _reason(self, by_resource: bool) -> str:
        if self.denied:
            return f"with an explicit deny in {'a resource' if by_resource else 'an identity'}-based policy"
        kind = "resource" if by_resource else "identity"
        return f"because no {kind}-based policy allows the {self.check.action} action"


def require(caller: PrincipalInfo, *checks: Check) -> None:
    """Raises Refused for the first that is not allowed."""
    for check in checks:
        found = decide(caller, check)
        if found.decision != "Allow":
            raise Refused(caller, check, found.decision, bool(found.resource_policy_arn))


def decide(caller: PrincipalInfo, check: Check) -> EvalResult:
    """Allow, Deny or ImplicitDeny, by which statement, and of which resource when its policy was to decide."""
    context = EvalContext(
        principal_arn=caller.arn,
        principal_type=caller.type,
        principal_account=caller.account,
        action=check.action,
        resource_arn=check.resource,
        region=get_region(),
        service_context=dict(check.keys),
        principal_keys=caller.keys,
    )
    policy = iam_evaluator._resource_policy(check.action.partition(":")[0], check.resource)
    if caller.type == "Service":
        document = policy[0] if policy else None
        found = iam_evaluator.evaluate_resource_policy(document, context, service=caller.arn)
        return replace(found, resource_policy_arn=check.resource)
    result = _by_identity(caller, context)
    if policy:
        result = iam_evaluator.combine_resource_policy(result, context, *policy, limits=caller.limits)
    return result


def _by_identity(caller: PrincipalInfo, context: EvalContext) -> EvalResult:
    """The account's root may do all that no resource forbids."""
    if caller.policies is None:
        return EvalResult("Allow", caller.arn)
    return iam_evaluator.evaluate(context, caller.policies, *caller.limits)
