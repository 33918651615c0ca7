"""AWS: S3 user guide, "Optimizing Amazon S3 performance"; API reference, "List of error codes"."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from tests.scripts.embedded_cloud.conftest import Cloud

from embedded_cloud import lifecycle
from embedded_cloud.extension.s3_rates import Rates


def test_a_prefix_that_is_written_too_fast_is_asked_to_slow_down(own_settings):
    lifecycle.up(replace(own_settings, prefix_writes=2), say=lambda _: None)
    cloud = Cloud(own_settings)
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="fast")

    def refusal() -> ClientError | None:
        """Of three writes, once all fall into one second."""
        try:
            for number in range(3):
                s3.put_object(Bucket="fast", Key=f"a/{number}", Body=b"x")
        except ClientError as error:
            return error
        return None

    error = cloud.eventually(refusal)
    assert error.response["Error"]["Code"] == "SlowDown"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert s3.get_object(Bucket="fast", Key="a/0")["Body"].read() == b"x"


@pytest.mark.parametrize("second", [100.0, 100.9])
def test_each_prefix_and_each_second_counts_for_itself(monkeypatch, second):
    rates, clock = Rates(), iter([100.0, second, second, second, 101.0])
    monkeypatch.setattr("time.time", lambda: next(clock))
    assert [rates.exceeded(prefix, 2) for prefix in ("a", "a", "b", "a", "a")] == [False, False, False, True, False]
