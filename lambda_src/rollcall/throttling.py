"""What AWS says when it only asks to wait, and how a function passes that on to the state machine that called it."""

import functools
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected

from rollcall.errors import Throttled

STATUSES = (429, 500, 502, 503, 504)
CODES = {
    "InternalFailure",
    "InternalException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


def asks_to_wait(error: BaseException) -> bool:
    """Whether AWS refused a call for now, or was not reached: the same call may be answered later."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status in STATUSES or error.response.get("Error", {}).get("Code") in CODES
    return isinstance(error, (HTTPClientError, NotConnected))


def told_by(message: str) -> bool:
    """Whether an error that came from far, as its message, was one of AWS that asks to wait, in botocore's words."""
    return any(f"An error occurred ({code})" in message for code in CODES)


def passes_throttling_on(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler that raises Throttled when AWS asks to wait: its state calls it again for as long as a job lasts."""

    @functools.wraps(handler)
    def handle(*given: Any) -> Any:
        try:
            return handler(*given)
        except Exception as error:
            if asks_to_wait(error):
                raise Throttled(str(error)) from error
            raise

    return handle
