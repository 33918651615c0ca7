"""What an account needs before Terraform can work in it, and what stands in the way of a destroy."""

from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from rollcall.records.jobs import open_jobs
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.tfvars import setting
from rollcall_deploy.errors import Refused

# Each works under a role of its own. AWS makes it with the first cluster, and refuses the first task if that is too
# late. A resource of Terraform would fail where the role is there already, and take it from others at a destroy.
SERVICES_WITH_ROLES = ("ecs.amazonaws.com", "batch.amazonaws.com")
SHOWN = 5


def missing_bucket(backend: Path) -> str | None:
    """That the bucket for Terraform's state does not exist, and the cure; None when it does, or nobody can tell."""
    bucket, region = setting(backend, "bucket"), setting(backend, "region")
    if not bucket or not region:
        return f'{backend.name} lacks a name: write into it `bucket = "<name>"` and `region = "<region>"`'
    try:
        boto3.client("s3", region_name=region).head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
            return (
                f"the bucket {bucket!r} that {backend.name} names does not exist: make it with "
                f"`aws s3 mb s3://{bucket} --region {region}` and keep its versions with "
                f"`aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled`"
            )
    except BotoCoreError:
        pass  # Terraform asks next, and says more about it.
    return None


def make_service_linked_roles(iam: Any) -> None:
    """Make those that an account does not have yet; `iam` is boto3's client. Raises Refused."""
    for service in SERVICES_WITH_ROLES:
        try:
            if not iam.list_roles(PathPrefix=f"/aws-service-role/{service}/")["Roles"]:
                iam.create_service_linked_role(AWSServiceName=service)
        except (ClientError, BotoCoreError) as error:
            cure = f"let somebody who may run `aws iam create-service-linked-role --aws-service-name {service}`"
            raise Refused(f"The account needs the service-linked role of {service} ({error}): {cure}.") from error


def check_destroy(env: str, settings: Path) -> None:
    """Raises Refused where a destroy would stop halfway: at data that is protected, or at workers that go on."""
    if setting(settings, "protect_data") != "false":
        raise Refused(
            f"Nothing was destroyed, because {env} protects its data: set protect_data = false in {settings.name}, "
            f"run `make apply ENV={env}`, and then this again."
        )
    if jobs := jobs_at_work(env):
        named = ", ".join(jobs[:SHOWN]) + (f" and {len(jobs) - SHOWN:,} more" if len(jobs) > SHOWN else "")
        raise Refused(
            f"Nothing was destroyed, because of {env} there are jobs at work ({named}), whose workers would hold what "
            f"is to go: wait, or run `rollcall cancel JOB --env {env}` for each, and then this again."
        )


def jobs_at_work(env: str) -> list[str]:
    """The ids of the jobs that have not ended; none where nothing is deployed. Raises Refused."""
    try:
        return list(open_jobs(Environment(env).table(f"rollcall-{env}-jobs")))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise Refused(f"Whether jobs of {env} are at work is not known: {error}.") from error
    except (BotoCoreError, CommandError) as error:
        raise Refused(f"Whether jobs of {env} are at work is not known: {error}.") from error
