"""The routes as they were a moment ago, so that a burst of losses does not ask for them one by one."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rollcall.routes import Route

FRESH_SECONDS = 15.0


@dataclass
class KnownRoutes:
    """Calls `read` at most every fifteen seconds; `clock` gives seconds."""

    read: Callable[[], dict[str, Route]]
    clock: Callable[[], float] = time.monotonic
    known: dict[str, Route] = field(default_factory=dict)
    read_at: float = float("-inf")

    def __call__(self) -> dict[str, Route]:
        if self.clock() - self.read_at > FRESH_SECONDS:
            self.known, self.read_at = self.read(), self.clock()
        return self.known
