"""What a job's request asks for, checked before anything is read."""

import re
from collections.abc import Sequence

from rollcall.engines import AUTO, Engine
from rollcall.errors import InputRefused, UnknownJobType

MOST_ITEMS = 10_000
# A job waits for its items for a week at most, and is looked at once a minute.
DEADLINE_SECONDS = range(60, 7 * 24 * 3600 + 1)
SHARED_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
NAME = 'up to 80 letters, digits, ".", "_" and "-"'


def check_request(request: dict, job_types: list[str], engines: Sequence[str]) -> None:
    """Raises UnknownJobType, or InputRefused naming what cannot be understood.

    `job_types` have a next step, `engines` are those the environment has.
    """
    if (job_type := request.get("job_type", "")) and job_type not in job_types:
        known = ", ".join(job_types) or "none"
        raise UnknownJobType(f"no next step for job type {job_type!r}; next_steps in tfvars has {known}")
    tolerance = request.get("tolerance")
    if tolerance is not None and not is_tolerance(tolerance):
        raise InputRefused(
            [f'"tolerance" is {tolerance!r}; give {{"count": items}}, {{"percentage": 0 to 100}}, or both']
        )
    lock = request.get("lock")
    if lock is not None and not (isinstance(lock, dict) and SHARED_NAME.fullmatch(str(lock.get("name", "")))):
        raise InputRefused([f'"lock" is {lock!r}; give {{"name": {NAME}}}'])
    deadline = request.get("deadline_seconds")
    if deadline is not None and not (type(deadline) is int and deadline in DEADLINE_SECONDS):
        raise InputRefused([f'"deadline_seconds" is {deadline!r}; give 60 to {DEADLINE_SECONDS[-1]:,} seconds'])
    check_engine(request, engines)


def check_engine(request: dict, engines: Sequence[str]) -> None:
    engine, rate, shared, size = (request.get(name) for name in ("engine", "rate", "rate_name", "chunk_size"))
    if engine not in (None, AUTO, *engines):
        cure = "add it to engines in tfvars" if engine in list(Engine) else f"use {', '.join([AUTO, *engines])}"
        raise InputRefused([f"there is no engine {engine!r} here; {cure}"])
    if rate is not None and not (is_number(rate) and rate > 0 and engine in (AUTO, Engine.CHUNKED)):
        raise InputRefused([f'"rate" is {rate!r}; give items a second, and engine {Engine.CHUNKED}, which keeps to it'])
    if rate is not None and Engine.CHUNKED not in engines:
        raise InputRefused([f"only engine {Engine.CHUNKED} keeps to a rate; add it to engines in tfvars"])
    if shared is not None and (rate is None or not SHARED_NAME.fullmatch(str(shared))):
        raise InputRefused([f'"rate_name" is {shared!r}; give {NAME}, and the rate'])
    if size is not None and not (type(size) is int and 1 <= size <= MOST_ITEMS):
        raise InputRefused([f'"chunk_size" is {size!r}; give 1 to {MOST_ITEMS:,} items'])


def is_number(value: object) -> bool:
    return type(value) in (int, float)


def is_tolerance(given: object) -> bool:
    limits = {"count": float("inf"), "percentage": 100}
    return (
        isinstance(given, dict)
        and bool(given)
        and given.keys() <= limits.keys()
        and all(is_number(value) and 0 <= value <= limits[name] for name, value in given.items())
    )
