"""Who calls: the holder of a key, a role that a service has taken on, or a service itself."""

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, PrincipalInfo
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam


class NoSuchRole(Exception):
    """Raised when a service cannot take on a role: there is none, or it does not trust the service."""


def with_key(access_key: str) -> PrincipalInfo:
    """The caller of a request whose credentials were found in order."""
    return iam_evaluator.resolve_principal(access_key, get_account_id())


def service(name: str, source_arn: str) -> PrincipalInfo:
    """A service that calls on behalf of a resource; only policies of what it calls let it."""
    return PrincipalInfo(arn=name, type="Service", account="", policies=[], keys=_source(source_arn))


def role(role_arn: str | None, service_name: str, source_arn: str) -> PrincipalInfo:
    """The role as the service takes it on, on behalf of a resource; raises NoSuchRole."""
    require_trust(role_arn, service_name, source_arn)
    name, account = str(role_arn).rpartition("/")[2], str(role_arn).split(":")[4]
    return PrincipalInfo(
        arn=f"arn:aws:sts::{account}:assumed-role/{name}/{service_name.partition('.')[0]}",
        type="AssumedRole",
        account=account,
        policies=iam_evaluator._gather_role_policies(name, account),
        limits=iam_evaluator._permissions_boundary(iam._roles, name, account),
    )


def require_trust(role_arn: str | None, service_name: str, source_arn: str) -> None:
    """Raises NoSuchRole."""
    found = iam._roles.get((role_arn or "").rpartition("/")[2])
    if not found:
        raise NoSuchRole(f"{role_arn} does not exist")
    # A service is no principal of the account, so no statement about accounts or roles may let it in.
    context = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=get_region(),
        service_context=_source(source_arn),
    )
    trust = found["AssumeRolePolicyDocument"]
    if iam_evaluator.evaluate_resource_policy(trust, context, service=service_name).decision != "Allow":
        raise NoSuchRole(f"{role_arn} cannot be assumed by {service_name}: its trust policy does not allow it")


def _source(arn: str) -> dict[str, str]:
    """What a service tells of the resource it calls for; names of some, as of buckets, tell no account."""
    return {"aws:sourcearn": arn, "aws:sourceaccount": arn.split(":")[4] or get_account_id()}
