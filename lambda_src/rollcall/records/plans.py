"""The plan of a run: how its items were partitioned into chunks, fixed from then on."""

import json
from bisect import bisect_right
from dataclasses import asdict, dataclass, field

SHARD_SIZE = 500


@dataclass(frozen=True)
class Part:
    """One data type's share of a run: its chunks first_chunk … first_chunk + chunks - 1, in shards of their own.

    `route` names the route that serves it: the data type's own, unless a redrive chose another.
    """

    data_type: str
    route: str
    target: str
    queue_url: str
    max_concurrency: int
    timeout_seconds: int
    max_attempts: int
    role_id: str
    code: str
    manifest: str
    items: int
    chunks: int
    first_chunk: int
    first_shard: int

    @property
    def shard_sizes(self) -> list[int]:
        """How many chunks each shard of this part has."""
        full, rest = divmod(self.chunks, SHARD_SIZE)
        return [SHARD_SIZE] * full + ([rest] if rest else [])

    @property
    def shards(self) -> range:
        return range(self.first_shard, self.first_shard + len(self.shard_sizes))


@dataclass(frozen=True)
class Plan:
    """How a run was partitioned.

    `tolerance` ({"count", "percentage"}, either or both) says how many failed items a job may have and still be
    PARTIAL. `base_…` count the items of the job that a redrive left as they were. `engine` is how its chunks
    reach compute.
    """

    job_id: str
    run: int
    input: str
    parts: list[Part] = field(default_factory=list)
    tolerance: dict | None = None
    fail_fast: bool = False
    base_succeeded: int = 0
    base_failed: int = 0
    base_not_run: int = 0
    engine: str = "events"

    @property
    def items(self) -> int:
        """Items of this run."""
        return sum(part.items for part in self.parts)

    @property
    def total(self) -> int:
        """Items of the whole job."""
        return self.items + self.base_succeeded + self.base_failed + self.base_not_run

    @property
    def chunks(self) -> int:
        return sum(part.chunks for part in self.parts)

    @property
    def shards(self) -> int:
        return sum(len(part.shard_sizes) for part in self.parts)

    def part_of(self, chunk: int) -> Part:
        """The part that holds a chunk; raises ValueError for a number the run does not have."""
        if not 0 <= chunk < self.chunks:
            raise ValueError(f"job {self.job_id!r} has no chunk {chunk}; its chunks are 0 to {self.chunks - 1}")
        return self.parts[bisect_right([part.first_chunk for part in self.parts], chunk) - 1]

    def shard_of(self, chunk: int) -> tuple[int, int]:
        """(number of the shard that keeps a chunk, how many chunks that shard has)."""
        part = self.part_of(chunk)
        within = (chunk - part.first_chunk) // SHARD_SIZE
        return part.first_shard + within, part.shard_sizes[within]

    def chunks_of_shard(self, shard: int) -> range:
        """The numbers of the chunks a shard keeps."""
        part = next(part for part in self.parts if shard in part.shards)
        first = part.first_chunk + (shard - part.first_shard) * SHARD_SIZE
        return range(first, first + part.shard_sizes[shard - part.first_shard])

    def tolerates(self, failed: int) -> bool:
        """Whether a job with so many failed items may still hand its results on.

        Without a tolerance it may as long as anything has succeeded (that is not known before the end), but a
        job that fails fast tolerates none.
        """
        given = self.tolerance or ({"count": 0} if self.fail_fast else {})
        return failed <= given.get("count", failed) and failed * 100 <= given.get("percentage", 100) * self.total

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        fields = json.loads(text)
        return cls(**{**fields, "parts": [Part(**part) for part in fields["parts"]]})
