"""What is to be planned: how many items, how long each takes, and what the route allows."""

from dataclasses import dataclass, replace
from math import ceil

from rollcall.engines import BY_ROUTE, Engine

DEFAULT_CONCURRENCY = 1000
TARGETS = ("lambda", "fargate", "batch")


class EstimateRefused(ValueError):
    """Raised when a question cannot be planned; `problems` has a sentence for each mistake, with its place and cure."""

    def __init__(self, problems: list[str]):
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Workload:
    """A job: `items` of `seconds` each on a worker.

    chunk: items a chunk, None lets the planner choose; concurrency: workers at a time, None is the account's Lambda
    concurrency; timeout_s: the longest a worker lives, None is the target's longest; rate: items a second, of the
    engine `chunked` only; memory_mb and vcpus of one worker.
    """

    items: int
    seconds: float
    chunk: int | None = None
    concurrency: int | None = None
    target: str = "lambda"
    timeout_s: float | None = None
    rate: float | None = None
    memory_mb: int = 512
    vcpus: float = 1.0
    spot: bool = False

    def __post_init__(self) -> None:
        found = [
            f"--{name} is {value!r}; give {cure}"
            for name, value, good, cure in (
                ("items", self.items, self.items >= 1, "a whole number from 1"),
                ("seconds", self.seconds, 0 <= self.seconds < 1e7, "the seconds of one item, 0 or more"),
                ("chunk", self.chunk, self.chunk is None or self.chunk >= 1, "items a chunk, a whole number from 1"),
                ("concurrency", self.concurrency, self.concurrency is None or self.concurrency >= 1, "workers, from 1"),
                ("rate", self.rate, self.rate is None or self.rate > 0, "items a second, more than 0"),
                ("target", self.target, self.target in TARGETS, f"one of {', '.join(TARGETS)}"),
            )
            if not good
        ]
        if found:
            raise EstimateRefused(found)

    def of(self, engine: Engine) -> "Workload":
        """The same with chunk size settled where the engine leaves no choice: 1 for those that push single items."""
        return self if self.chunk or engine in BY_ROUTE else replace(self, chunk=1)

    @property
    def chunk_size(self) -> int:
        return min(self.chunk or 1, self.items)

    @property
    def chunks(self) -> int:
        return ceil(self.items / self.chunk_size)

    @property
    def work_s(self) -> float:
        """Seconds of calculation in one full chunk."""
        return self.chunk_size * self.seconds
