"""Lambda's concurrency: reserved places are a function's own, and all other functions share the account's.

AWS, "Configuring reserved concurrency". The account's number here counts what is not reserved, for it is small.
"""

from collections.abc import Callable

from ministack.services import lambda_svc

from embedded_cloud.extension import throttling
from embedded_cloud.extension.replacing import around


class Reserved(str):
    """A place that its function does not share."""


@around(lambda_svc, "_acquire_execution_slot")
def acquire(of_account: Callable, function: dict, config: dict) -> tuple:
    """(the place, None), or (None, which limit was reached)."""
    if throttling.refuses("lambda"):
        return None, "account"
    reserved = lambda_svc._reserved_concurrency(function, config)
    if reserved is None:
        return of_account(function, config)
    key = Reserved(lambda_svc._inflight_key(config))
    with lambda_svc._inflight_lock:
        if lambda_svc._inflight.get(key, 0) >= reserved:
            return None, "function"
        lambda_svc._inflight[key] = lambda_svc._inflight.get(key, 0) + 1
    return key, None


@around(lambda_svc, "_release_execution_slot")
def release(of_account: Callable, place: str | None) -> None:
    if not isinstance(place, Reserved):
        of_account(place)
        return
    with lambda_svc._inflight_lock:
        lambda_svc._inflight[place] -= 1
