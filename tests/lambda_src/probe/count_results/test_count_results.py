"""The counting next step finds every result file of its job, and no other."""

import boto3
import pytest
from moto import mock_aws

from count_results.handler import handler

EVENT = {"job_id": "night", "job_type": "bench", "run": 1, "status": "PARTIAL", "items": 9, "succeeded": 7, "failed": 2}


@pytest.fixture
def bucket(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        made = boto3.resource("s3").Bucket("rollcall")
        made.create()
        yield made


def count() -> dict:
    return handler(EVENT | {"results": "s3://rollcall/jobs/night/results/"}, None)


def test_more_files_than_one_listing_holds_are_all_counted(bucket):
    for chunk in range(1001):
        bucket.put_object(Key=f"jobs/night/results/1/{chunk % 16:x}/{chunk:08d}.jsonl", Body=b"line\n")
    bucket.put_object(Key="jobs/nightly/results/1/0/00000000.jsonl", Body=b"of another job\n")
    counted = count()
    assert (counted["files"], counted["bytes"]) == (1001, 5005)
    assert (counted["items"], counted["succeeded"], counted["failed"]) == (9, 7, 2)


@pytest.mark.usefixtures("bucket")
def test_a_job_without_results_has_none():
    assert count()["files"] == 0
