"""What is measured: cells of a grid, how often, and how long that will take."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil

from rollcall.engines import BY_ROUTE, INLINE_CONCURRENCY, Engine, most_chunks

SIZES = (1, 10, 40, 100, 200, 500, 1000)
RUNS = 3
STANDARD_SECONDS = 20 * 60
PREPARING_SECONDS = 150  # deploying the system and warming up the workers of two routes
THROUGHPUT_CHUNK = 100
SMALL_JOB = 20  # items

# What a job takes besides its items, on a machine with 2 cores: in all, and for each chunk.
JOB_SECONDS = 3.2
BESIDE_SECONDS = 0.6  # each job more, of many that are submitted at once
CHUNK_SECONDS: dict[str, float] = {Engine.EVENTS: 0.004, Engine.EVENTS_PER_ITEM: 0.02}
USUAL_CHUNK_SECONDS = 0.006
READ_SECONDS = 0.002  # of items that sleep, the results are read afterwards
ITEM_SECONDS = 0.0004

HELD = (Engine.MAP, Engine.CALLBACK)  # no more at once than an inline Map has


@dataclass(frozen=True)
class Cell:
    """One job to measure, or so many `jobs` alike submitted at once; `items` are each job's.

    `seconds` is how long each item sleeps, `book` says that items are real options instead.
    """

    engine: str
    items: int
    seconds: float
    concurrency: int
    chunk: int = 1
    book: bool = False
    jobs: int = 1

    @property
    def total(self) -> int:
        """The items of all its jobs."""
        return self.jobs * self.items

    @property
    def data_type(self) -> str:
        return f"{'option.european' if self.book else 'probe'}.{self.concurrency}"

    @property
    def ideal_s(self) -> float:
        return ceil(self.total / self.concurrency) * self.seconds

    @property
    def expected_s(self) -> float:
        """About how long measuring it takes, with what is counted and read afterwards."""
        at_once = min(self.concurrency, INLINE_CONCURRENCY) if self.engine in HELD else self.concurrency
        chunks = self.jobs * ceil(self.items / self.chunk)
        work = ceil(chunks / at_once) * min(self.chunk, self.items) * self.seconds
        each_chunk = CHUNK_SECONDS.get(self.engine, USUAL_CHUNK_SECONDS) + (READ_SECONDS if self.seconds else 0)
        jobs = JOB_SECONDS + (self.jobs - 1) * BESIDE_SECONDS
        return jobs + work + chunks * each_chunk + self.total * ITEM_SECONDS

    @property
    def words(self) -> str:
        what = "option.european" if self.book else f"{self.seconds:g} s each"
        chunk = f", {self.chunk} a chunk" if self.chunk > 1 else ""
        jobs = f"{self.jobs:,} jobs of " if self.jobs > 1 else ""
        return f"{self.engine}: {jobs}{self.items:,} items, {what}{chunk}, {self.concurrency} at once"


@dataclass(frozen=True)
class Planned:
    """A cell, and how often it is measured."""

    cell: Cell
    runs: int

    @property
    def expected_s(self) -> float:
        return self.runs * self.cell.expected_s


def can(engine: str, items: int, chunk: int) -> bool:
    """Whether one execution's history has room for the job."""
    most = most_chunks(Engine(engine))
    return most is None or ceil(items / chunk) <= most


def cells(
    engines: Iterable[str],
    sizes: Iterable[int],
    seconds: Iterable[float],
    concurrencies: Iterable[int],
    chunk: int = 1,
    book: bool = False,
    jobs: int = 1,
) -> list[Cell]:
    """Every combination that its engine can do; engines take turns within each."""
    engines, sizes = list(engines), list(sizes)
    return [
        Cell(engine, size, each, concurrency, chunk, book, jobs)
        for concurrency in concurrencies
        for each in ([0.0] if book else seconds)
        for size in sizes
        for engine in engines
        if can(engine, size, chunk)
    ]


def standard() -> list[Planned]:
    """Sizes a power of ten apart, at 0 and 1 s; every cell once, and as many as fit into 20 minutes three times.

    All that is compared with each other runs equally often.
    """
    groups = [
        *(cells(Engine, [size], [0], [40]) for size in (1, 10, 100, 1000)),
        *(cells(Engine, [size], [1], [40]) for size in (10, 100)),
        *(cells(Engine, [1000], [1], [at_once]) + [shared_out(1000, 1, at_once)] for at_once in (40, 100)),
        cells([Engine.EVENTS], [10_000], [0], [40]),
        [throughput(100_000)],
        [small_jobs(100)],
    ]
    budget = STANDARD_SECONDS - PREPARING_SECONDS - sum(duration(group) for group in groups)
    planned: dict[Cell, Planned] = {}
    for group in sorted(groups, key=duration):
        more = (RUNS - 1) * duration(group)
        runs = RUNS if more <= budget else 1
        budget -= more if runs > 1 else 0
        planned.update((cell, Planned(cell, runs)) for cell in group)
    return [planned[cell] for group in groups for cell in group]


def full() -> list[Planned]:
    """Every size at 0, 1 and 5 s three times; 10,000 items where an engine can, and a million by ours."""
    some = [
        *cells(Engine, SIZES, [0, 1, 5], [40]),
        *cells(Engine, [1000], [1], [100]),
        *(shared_out(1000, 1, at_once) for at_once in (40, 100)),
        *cells(BY_ROUTE, [10_000], [0], [40]),
        *cells([Engine.EVENTS], [10_000], [1], [100]),
        throughput(100_000),
        small_jobs(100),
    ]
    return [*(Planned(cell, RUNS) for cell in some), Planned(throughput(1_000_000), 1)]


def shared_out(items: int, seconds: float, concurrency: int) -> Cell:
    """Ours with a chunk for each worker, which is how many items of the same length are best cut."""
    return Cell(Engine.EVENTS, items, seconds, concurrency, ceil(items / concurrency))


def throughput(items: int) -> Cell:
    """Items of no work, as many as can pass through."""
    return Cell(Engine.EVENTS, items, 0, 40, THROUGHPUT_CHUNK)


def small_jobs(jobs: int) -> Cell:
    """Jobs of a chunk each and no work, as many as can pass through."""
    return Cell(Engine.EVENTS, SMALL_JOB, 0, 40, SMALL_JOB, jobs=jobs)


def duration(some: Iterable[Cell | Planned]) -> float:
    return sum(each.expected_s for each in some)


def rounds(planned: Iterable[Planned]) -> list[tuple[Cell, int]]:
    """(cell, number of the run) in the order of measuring: run 1 of all, then run 2 of all, …"""
    planned = list(planned)
    most = max((each.runs for each in planned), default=0)
    return [(each.cell, run) for run in range(1, most + 1) for each in planned if run <= each.runs]


def warm_up(cell: Cell) -> Cell:
    """The job that starts the workers a cell needs: as many items as may run at once, of a second each."""
    seconds = 0 if cell.book else 1
    return replace(cell, items=cell.concurrency, seconds=seconds, chunk=1, jobs=1)
