"""A calculation to try the platform with: each item says what becomes of it."""

import os
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import Required, TypedDict

from rollcall.calculations import calculation
from rollcall.errors import RetryLater
from rollcall.observability import logger

tries: Counter[str] = Counter()
eaten: list[bytes] = []


class Probe(TypedDict, total=False):
    """What a probe may be told."""

    id: Required[str]
    seconds: float
    die: bool
    exit: int
    kill_all: bool
    fork: bool
    hang: bool
    eat: bool
    close: bool
    fail: str
    tries: int
    timed: bool
    quiet: bool


@calculation("probe")
def run_probe(item: Probe) -> dict:
    """Does what the item's own fields ask for, in this order, and logs that it ran.

    `seconds`: sleep so long; `die`: kill its process without a word; `exit`: end it with this exit code; `kill_all`:
    kill its worker too, where it runs apart from it; `fork`: leave a second process; `hang`: never answer, and hear no
    exception; `eat`: take all memory; `close`: close what it may print to, and read all there is to read; `fail`: raise
    ValueError with these words; `tries`: raise RetryLater before the item's tries-th try in this process; `timed`:
    answer when it began and ended too, in seconds since 1970; `quiet`: log nothing.
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
    if item.get("kill_all"):
        if sys.argv[0].endswith("isolation.py"):
            os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
    if item.get("fork"):
        os.fork()
    while item.get("hang"):
        with suppress(BaseException):
            time.sleep(60)
    while item.get("eat"):
        eaten.append(b"x" * 50_000_000)
        time.sleep(0.02)
    if item.get("close"):
        sys.stdin.read()
        sys.stdout.close()
        os.closerange(0, 3)
    if "fail" in item:
        raise ValueError(item["fail"])
    if tries[item["id"]] < item.get("tries", 1):
        raise RetryLater(f"try {tries[item['id']]} of {item['tries']}")
    answer = {"tries": tries[item["id"]]}
    return {**answer, "began": began, "ended": time.time()} if item.get("timed") else answer
