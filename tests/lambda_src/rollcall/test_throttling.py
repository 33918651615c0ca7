"""A function tells whoever called it that AWS asks to wait, and nothing else."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from rollcall.errors import Throttled
from rollcall.throttling import passes_throttling_on


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Call"
    )


def called(error: Exception) -> None:
    @passes_throttling_on
    def handler(event, context):
        raise error

    handler({}, None)


@pytest.mark.parametrize(
    "error",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("RequestThrottled"),
        refused("SlowDown", 503),
        refused("TooManyRequestsException", 429),
        refused("", 500),
        ReadTimeoutError(endpoint_url="https://sqs"),
    ],
)
def test_what_aws_may_answer_later_is_passed_on_by_name(error):
    with pytest.raises(Throttled) as raised:
        called(error)
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [refused("AccessDeniedException"), refused("NoSuchKey", 404), ValueError("bad item")])
def test_all_else_stays_what_it_is(error):
    with pytest.raises(type(error)) as raised:
        called(error)
    assert raised.value is error
