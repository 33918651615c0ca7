"""A calculation to try the platform with: each item says what becomes of it."""

import os
import signal
import time
from collections import Counter
from typing import Required, TypedDict

from rollcall.calculations import calculation
from rollcall.errors import RetryLater
from rollcall.observability import logger

tries: Counter[str] = Counter()


class Probe(TypedDict, total=False):
    """What a probe may be told."""

    id: Required[str]
    seconds: float
    die: bool
    exit: int
    fail: str
    tries: int
    timed: bool
    quiet: bool


@calculation("probe")
def run_probe(item: Probe) -> dict:
    """Does what the item's own fields ask for, in this order, and logs that it ran.

    `seconds`: sleep so long; `die`: kill the worker without a word; `exit`: end it with this exit code;
    `fail`: raise ValueError with these words; `tries`: raise RetryLater before the item's tries-th try in
    this process; `timed`: answer when it began and ended too, in seconds since 1970; `quiet`: log nothing.
    """
    began = time.time()
    tries[item["id"]] += 1
    if not item.get("quiet"):
        logger.info("probe", item=item["id"])
    time.sleep(item.get("seconds", 0))
    if item.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if "exit" in item:
        os._exit(item["exit"])
    if "fail" in item:
        raise ValueError(item["fail"])
    if tries[item["id"]] < item.get("tries", 1):
        raise RetryLater(f"try {tries[item['id']]} of {item['tries']}")
    answer = {"tries": tries[item["id"]]}
    return {**answer, "began": began, "ended": time.time()} if item.get("timed") else answer
