"""The account's own quotas, as Service Quotas tells them."""

import boto3
import pytest
from botocore.stub import Stubber

from rollcall_planner import load_profile
from rollcall_planner.live import NoLiveQuotas, with_live_quotas

APPLIED = {
    "events": {"PutEvents throttle limit in transactions per second": 10_000.0},
    "fargate": {"Fargate On-Demand vCPU resource count": 4000.0},
    "lambda": {"Concurrent executions": 50.0, "Function and layer storage": 75.0},
    "states": {"StartExecution throttle token refill rate per second": 300.0},
}


def client_that_answers(by_service: dict):
    client = boto3.client("service-quotas", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    stub = Stubber(client)
    for service, quotas in sorted(by_service.items()):
        rows = [{"ServiceCode": service, "QuotaName": name, "Value": value} for name, value in quotas.items()]
        stub.add_response("list_service_quotas", {"Quotas": rows}, {"ServiceCode": service})
    stub.activate()
    return client


def test_applied_quotas_replace_the_files_and_what_differs_is_told():
    found = with_live_quotas(load_profile(), client_that_answers(APPLIED))
    assert found.quotas["lambda_concurrency"] == 50
    assert found.live == {
        "fargate_vcpus": {"file": 6, "applied": 4000.0},
        "lambda_concurrency": {"file": 1000, "applied": 50.0},
    }
    assert found.sources["fargate_vcpus"] == "Service Quotas, applied to this account"
    assert found.quotas["send_task_success_per_s"] == 500, "what the account does not list stays as the file has it"


def test_an_account_that_may_not_be_asked_is_told():
    client = boto3.client("service-quotas", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    stub = Stubber(client)
    stub.add_client_error("list_service_quotas", "AccessDeniedException", "not allowed")
    stub.activate()
    with pytest.raises(NoLiveQuotas, match="not allowed"):
        with_live_quotas(load_profile(), client)
