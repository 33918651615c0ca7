"""Before an apply the account has what Terraform cannot make; a destroy begins only where it can end."""

from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from tests.conftest import REGION, make_table, terraform_tables
from tests.terraform.running import ENVIRONMENTS

from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall_client.environment import Environment
from rollcall_deploy.account import SERVICES_WITH_ROLES, check_destroy, make_service_linked_roles, missing_bucket
from rollcall_deploy.errors import Refused

LOCAL = ENVIRONMENTS / "local.tfvars"


@pytest.fixture
def account(monkeypatch):
    """The jobs table of the local environment, an S3 and an IAM client of an account in memory."""
    monkeypatch.setattr(Environment, "options", {})
    with mock_aws():
        dynamodb = boto3.resource("dynamodb", region_name=REGION)
        jobs = make_table(dynamodb, "rollcall-local-jobs", terraform_tables()["jobs"])
        yield SimpleNamespace(jobs=jobs, s3=boto3.client("s3", region_name=REGION), iam=boto3.client("iam"))


@pytest.fixture
def backend(tmp_path):
    def write(text: str):
        (tmp_path / "dev.tfbackend").write_text(text)
        return tmp_path / "dev.tfbackend"

    return write


def test_a_bucket_for_the_state_that_exists_is_no_trouble(account, backend):
    account.s3.create_bucket(Bucket="states")
    assert missing_bucket(backend(f'bucket = "states"\nregion = "{REGION}"\n')) is None


def test_a_bucket_for_the_state_that_does_not_exist_is_named_with_the_commands_that_make_it(account, backend):
    told = missing_bucket(backend(f'bucket = "states"\nregion = "{REGION}"\n'))
    assert told.startswith("the bucket 'states' that dev.tfbackend names does not exist: make it with ")
    assert f"`aws s3 mb s3://states --region {REGION}`" in told


def test_a_place_for_the_state_that_is_half_written_is_told(backend):
    assert missing_bucket(backend('bucket = "states"\n')).startswith("dev.tfbackend lacks a name: write into it ")


def test_the_roles_of_ecs_and_batch_are_made_once_and_left_alone_after(account):
    for _ in range(2):
        make_service_linked_roles(account.iam)
    found = [role["Path"] for role in account.iam.list_roles()["Roles"]]
    assert sorted(found) == sorted(f"/aws-service-role/{service}/" for service in SERVICES_WITH_ROLES)


def test_a_role_that_may_not_be_made_is_named_with_the_command_that_makes_it(account, monkeypatch):
    def refuse(AWSServiceName: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "CreateServiceLinkedRole")

    monkeypatch.setattr(account.iam, "create_service_linked_role", refuse)
    with pytest.raises(Refused, match="create-service-linked-role --aws-service-name ecs.amazonaws.com"):
        make_service_linked_roles(account.iam)


@pytest.mark.parametrize("settings", ["prod.tfvars", "staging.tfvars"])
def test_a_destroy_of_protected_data_is_refused_before_anything_is_gone(account, settings):
    env = settings.partition(".")[0]
    with pytest.raises(Refused, match=f"set protect_data = false in {settings}, run `make apply ENV={env}`"):
        check_destroy(env, ENVIRONMENTS / settings)


@pytest.mark.parametrize("count, named", [(2, r"job-0, job-1"), (7, r"job-0, job-1, job-2, job-3, job-4 and 2 more")])
def test_a_destroy_is_refused_while_jobs_are_at_work_which_are_named(account, count, named):
    for number in range(count):
        row = job_record.new_row(f"job-{number}", JobState.RUNNING, job_record.timeline_event("submitted"))
        account.jobs.put_item(Item=row | {"created_at": f"2026-11-26T00:00:0{number}"})
    with pytest.raises(Refused, match=rf"jobs at work \({named}\).*`rollcall cancel JOB --env local`"):
        check_destroy("local", LOCAL)


def test_a_destroy_goes_on_when_all_jobs_have_ended_or_nothing_is_deployed(account):
    check_destroy("local", LOCAL)
    account.jobs.delete()
    check_destroy("local", LOCAL)


def test_a_destroy_that_cannot_tell_whether_jobs_are_at_work_is_refused(monkeypatch):
    def denied(jobs):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Query")

    monkeypatch.setattr("rollcall_deploy.account.open_jobs", denied)
    with pytest.raises(Refused, match="Whether jobs of local are at work is not known"):
        check_destroy("local", LOCAL)
