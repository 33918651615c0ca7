"""The whole benchmark: finding out which measurements are missing, and making them in turn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from embedded_cloud.clouds import CommandFailed
from embedded_cloud.errors import CloudError
from rollcall_bench import grid
from rollcall_bench.cloud import benchmark_cloud
from rollcall_bench.grid import Cell, Planned
from rollcall_bench.measuring import Bench, MeasurementFailed
from rollcall_bench.progress import in_words, shown
from rollcall_bench.records import Records
from rollcall_client.environment import ROOT, Environment
from rollcall_client.errors import CommandError
from rollcall_client.submission import made_id

FOLDER = ROOT / "build" / "bench"


@dataclass
class Benchmark:
    """A grid, what of it has been measured, and what takes a sentence for people."""

    planned: list[Planned]
    records: Records
    say: Callable[[str], None]
    failures: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[tuple[Cell, int]]:
        """(cell, number of the run) in the order of measuring."""
        return [(cell, run) for cell, run in grid.rounds(self.planned) if run not in self.records.of(cell)]

    def run(self) -> None:
        """Measure what is missing; `failures` tells what could not be measured. Raises CommandError."""
        missing = self.missing
        self.say(self.announcement(missing))
        if not missing:
            return
        cells = [cell for cell, _ in missing]
        try:
            with benchmark_cloud(FOLDER / "cloud", self.records.version, cells, self.say) as cloud:
                self.measure(Bench(Environment("local"), cloud.url, FOLDER / "inputs"), missing)
        except (CloudError, CommandFailed) as error:
            raise CommandError(str(error)) from error

    def announcement(self, missing: list[tuple[Cell, int]]) -> str:
        runs = sum(each.runs for each in self.planned)
        whole = grid.PREPARING_SECONDS + grid.duration(self.planned)
        sentence = f"measurements: {runs:,}, about {in_words(whole)} by their ideals"
        if len(missing) == runs:
            return sentence
        left = grid.duration(cell for cell, _ in missing) + (grid.PREPARING_SECONDS if missing else 0)
        return f"{sentence}; known: {runs - len(missing):,} (--fresh makes them again), about {in_words(left)} left"

    def measure(self, bench: Bench, missing: list[tuple[Cell, int]]) -> None:
        """Workers start cold, so each route of each engine has a job first that does not count."""
        with shown(grid.duration(cell for cell, _ in missing)) as progress:
            for cell in dict.fromkeys(grid.warm_up(cell) for cell, _ in missing):
                with progress.warming_up(cell), self.noted():
                    bench.measure(cell, new_id())
            for cell, run in missing:
                with progress.measuring(cell, run), self.noted():
                    at = datetime.now(UTC).isoformat(timespec="seconds")
                    self.records.add(cell, run, {"at": at, **bench.measure(cell, new_id())})

    @contextmanager
    def noted(self) -> Iterator[None]:
        """A measurement that fails leaves the others to be made."""
        try:
            yield
        except MeasurementFailed as failure:
            self.failures.append(str(failure))
            self.say(f"  {failure}")


def new_id() -> str:
    return made_id().replace("job", "bench")
