"""How a container is told to end: by SIGTERM, two minutes before Spot takes the host, 30 s before ECS or Batch kill."""

from collections.abc import Iterator
from contextlib import contextmanager

from rollcall.errors import Terminated


class Termination:
    """`asked` once the worker is to end. Items are interrupted; what settles or puts back is done to its end."""

    def __init__(self) -> None:
        self.asked = self.interrupts = False

    def ask(self, number: int, _frame: object) -> None:
        """The signal's handler."""
        self.asked = True
        if self.interrupts:
            self.interrupts = False
            raise Terminated(128 + number)

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """A block in which Terminated may be raised at any place."""
        self.interrupts = True
        try:
            yield
        finally:
            self.interrupts = False
