"""What is being measured, how far that is, and about how long it will take still."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from rollcall_bench.grid import Cell
from rollcall_terminal import console, say


class Shown:
    """A bar on a terminal, a line for each measurement elsewhere; `expected` is in seconds, without warming up."""

    def __init__(self, bar: Progress, task: TaskID, expected: float):
        self.bar, self.task, self.expected = bar, task, expected
        self.done = self.took = 0.0

    @contextmanager
    def warming_up(self, cell: Cell) -> Iterator[None]:
        self.say(f"warming up, {cell.words}")
        yield

    @contextmanager
    def measuring(self, cell: Cell, run: int) -> Iterator[None]:
        self.say(f"run {run}, {cell.words}")
        began = time.monotonic()
        yield
        self.done += cell.expected_s
        self.took += time.monotonic() - began
        self.bar.update(self.task, completed=self.done, left=in_words(self.left))

    def say(self, what: str) -> None:
        self.bar.update(self.task, description=what)
        if not console.is_terminal:
            say(f"{in_words(self.left)} left; {what}")

    @property
    def left(self) -> float:
        """What was expected, times how much longer than expected it took so far."""
        return (self.expected - self.done) * (self.took / self.done if self.done else 1.0)


@contextmanager
def shown(expected: float) -> Iterator[Shown]:
    description, left = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[left]} left"))
    columns = description, BarColumn(bar_width=24), left
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Shown(bar, bar.add_task("", total=expected, left=in_words(expected)), expected)


def in_words(seconds: float) -> str:
    """1 h 05 min, 12 min, 40 s."""
    seconds = round(seconds)
    if seconds >= 3600:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"
    return f"{round(seconds / 60)} min" if seconds >= 120 else f"{seconds} s"
