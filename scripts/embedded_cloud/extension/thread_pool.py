"""Running calls in the background with a bounded number of threads."""

import contextvars
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("rollcall.thread_pool")


class ThreadPool:
    """At most `size` calls at once; the others wait in order of their due time, without a thread each.

    A call keeps the account and Region of its submitter.
    """

    def __init__(self, name: str, size: int):
        self._waiting: list[tuple] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        for number in range(size):
            threading.Thread(target=self._work, daemon=True, name=f"{name}-{number}").start()

    def submit(self, call: Callable, *arguments: Any) -> None:
        self.submit_after(0, call, *arguments)

    def submit_after(self, seconds: float, call: Callable, *arguments: Any) -> None:
        due = time.monotonic() + seconds
        context = contextvars.copy_context()
        with self._changed:
            heapq.heappush(self._waiting, (due, next(self._numbers), context, call, arguments))
            self._changed.notify()

    def _work(self) -> None:
        while True:
            context, call, arguments = self._next()
            try:
                context.run(call, *arguments)
            except Exception:
                logger.exception("A background call failed")

    def _next(self) -> tuple:
        with self._changed:
            while not self._waiting or self._waiting[0][0] > time.monotonic():
                self._changed.wait(self._waiting[0][0] - time.monotonic() if self._waiting else None)
            _, _, *work = heapq.heappop(self._waiting)
            return tuple(work)
