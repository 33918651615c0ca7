"""What is known of a chunk that was begun, kept in S3 for whoever is handed the chunk after its worker died.

Answers are kept now and then, by time, so that a chunk of short items costs nothing more. After a death the journal is
careful: it says which item comes next before that begins, until more has been run than can have been lost.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from rollcall.events import ChunkRequested
from rollcall.intake.manifests import job_prefix
from rollcall.observability import logger
from rollcall.records import results

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

KEEP_SECONDS = 10.0
# What was run since the last answers were kept took at most about so long; it may take longer when it is run again.
CAREFUL_SECONDS = 2 * KEEP_SECONDS


class Answer(NamedTuple):
    """The final answer of an item: whether it succeeded, and its result line."""

    ok: bool
    line: str


@dataclass
class Journal:
    """The journal of one chunk; `clock` gives seconds.

    `answers` are final, by position in the chunk; `deaths` counts the processes that died while they ran an item.
    """

    s3: "S3Client"
    bucket: str
    request: ChunkRequested
    clock: Callable[[], float] = time.monotonic
    answers: dict[int, Answer] = field(default_factory=dict, init=False)
    deaths: Counter[int] = field(default_factory=Counter, init=False)
    careful_seconds: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.new: dict[int, Answer] = {}  # since answers were kept
        self.kept_at = self.clock()
        self.said_ahead = self.left_in_order = False
        self.found: int | None = None  # how many answers another worker had left

    @property
    def is_careful(self) -> bool:
        return self.careful_seconds > 0

    @property
    def has_moved_on(self) -> bool:
        """Whether a chunk that was begun by another worker has come further with this one."""
        return self.found is not None and len(self.answers) > self.found

    def read(self, after_a_death: bool = True) -> None:
        """What the worker before had done. The item it said it would begin it died of, unless that has an answer."""
        kept, ahead = self.get(kept_key(self.request)), self.get(ahead_key(self.request))
        self.new = answers_in(ahead)
        self.answers = answers_in(kept) | self.new
        self.deaths = deaths_in(kept) | deaths_in(ahead)
        died = after_a_death or "next" in ahead
        self.left_in_order = "careful_seconds" in ahead
        self.careful_seconds = ahead.get("careful_seconds", CAREFUL_SECONDS if died else 0.0)
        if "next" in ahead and ahead["next"] not in self.answers:
            self.deaths[ahead["next"]] += 1

    def resume(self, after_a_death: bool = True) -> None:
        """Go on where the worker before came to: after its death carefully; if it left in order, as it would have."""
        self.read(after_a_death)
        self.found = len(self.answers)
        if self.left_in_order:
            self.put(ahead_key(self.request), {})  # should this worker die, nothing is in order any more

    def begin(self, position: int) -> None:
        """Say which item is run next, while it may be one that the worker before died of, and of one it did die of."""
        self.said_ahead = self.is_careful or self.deaths[position] > 0
        if self.said_ahead:
            self.put(ahead_key(self.request), {**told(self.new, self.deaths), "next": position})

    def took(self, seconds: float) -> None:
        """Take in how long a try lasted; after long enough nothing is said ahead of items, so none is suspected."""
        self.careful_seconds = max(0.0, self.careful_seconds - seconds)
        if self.said_ahead and not self.is_careful:
            self.keep()
            self.put(ahead_key(self.request), {})

    def note(self, position: int, answer: Answer) -> None:
        """Take in a final answer."""
        self.answers[position] = self.new[position] = answer
        if self.clock() - self.kept_at > KEEP_SECONDS and len(self.answers) < self.request.items:
            self.keep()

    def leave(self) -> None:
        """Keep all there is for another worker: this one does not die, it leaves in order."""
        self.keep()
        self.put(ahead_key(self.request), {"careful_seconds": self.careful_seconds})

    def keep(self) -> None:
        self.put(kept_key(self.request), told(self.answers, self.deaths))
        self.new, self.kept_at = {}, self.clock()

    def put(self, key: str, told: dict) -> None:
        """Without it the next worker would run again what is done: no reason to fail what can be done now."""
        try:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=json.dumps(told).encode())
        except ClientError as error:
            logger.warning("journal not written", key=key, reason=str(error))

    def get(self, key: str) -> dict:
        try:
            return json.load(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in results.ABSENT:
                raise
            return {}


def kept_key(request: ChunkRequested) -> str:
    """Where the answers lie that were kept by time."""
    return f"{job_prefix(request.job_id)}progress/{request.run}/{request.chunk:08d}.json"


def ahead_key(request: ChunkRequested) -> str:
    """Where it stands which item comes next, with the answers since."""
    return f"{job_prefix(request.job_id)}progress/{request.run}/{request.chunk:08d}.next.json"


def told(answers: dict[int, Answer], deaths: Counter[int]) -> dict:
    return {"answers": [[position, *answer] for position, answer in answers.items()], "deaths": list(deaths.items())}


def answers_in(told: dict) -> dict[int, Answer]:
    return {position: Answer(ok, line) for position, ok, line in told.get("answers", [])}


def deaths_in(told: dict) -> Counter[int]:
    return Counter(dict(told.get("deaths", [])))
