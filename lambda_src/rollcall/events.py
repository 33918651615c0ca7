"""The events on the bus and in the queues: built here, validated here, published as JSON Schema.

The same envelope travels everywhere ({"source", "detail-type", "detail"}, as EventBridge delivers
it), so a worker need not know whether its chunk was pushed by a rule or pulled from a queue.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

import fastjsonschema

from rollcall.errors import InvalidEvent

SOURCE = "rollcall"
VERSION = "1"
SCHEMAS = Path(__file__).parent / "schemas"


@dataclass(frozen=True)
class WorkerRequested:
    """Start a worker for one slot of a route; `attempt` counts the starts in a row that came to nothing."""

    data_type: str
    slot: int
    worker: str
    attempt: int

    detail_type = "Worker Requested"


@dataclass(frozen=True)
class ChunkRequested:
    """Run `items` items: `length` bytes from byte `offset` of the manifest (an S3 key).

    `dispatch` counts the dispatches of the job; a chunk of an older one is void. `tries` counts how often it was
    handed out by messages before this one.
    """

    job_id: str
    run: int
    chunk: int
    dispatch: int
    data_type: str
    manifest: str
    offset: int
    length: int
    items: int
    input: str
    tries: int = 0

    detail_type = "Chunk Requested"


@dataclass(frozen=True)
class ChunkSettled:
    """Every item of the chunk has succeeded or finally failed; times are ISO 8601 UTC.

    `attempt` counts from 1 how often the chunk had been handed out.
    """

    job_id: str
    run: int
    chunk: int
    attempt: int
    succeeded: int
    failed: int
    target: str
    started_at: str
    ended_at: str

    detail_type = "Chunk Settled"


@dataclass(frozen=True)
class JobFinished:
    """How a run of a job has ended; the counts are those of the whole job."""

    job_id: str
    run: int
    status: str
    items: int
    succeeded: int
    failed: int
    not_run: int

    detail_type = "Job Finished"


@dataclass(frozen=True)
class MergeRequested:
    """Merge one section of a run's results into its products; sections are numbered from 0."""

    job_id: str
    run: int
    section: int

    detail_type = "Merge Requested"


@dataclass(frozen=True)
class ChunkPushed:
    """Run a chunk (the fields of a Chunk Requested) and answer: a task token, the "bus", or "" for the caller.

    `tries` counts how often it was pushed before. Its items keep to `rate` (items a second; 0: none), which all jobs
    share that name it so.
    """

    data_type: str
    answer_to: str
    tries: int
    request: dict
    rate: float = 0
    rate_name: str = ""

    detail_type = "Chunk Pushed"

    @property
    def chunk(self) -> ChunkRequested:
        """Raises InvalidEvent when the request in it is none."""
        message = {"source": SOURCE, "detail-type": ChunkRequested.detail_type}
        return parse({**message, "detail": {"version": VERSION, **self.request}}, ChunkRequested)


@dataclass(frozen=True)
class ItemCompleted:
    """A chunk of a job with the engine `events_per_item` has been run, with whatever success."""

    job_id: str
    run: int
    chunk: int

    detail_type = "Item Completed"


Event = WorkerRequested | ChunkRequested | ChunkSettled | JobFinished | MergeRequested | ChunkPushed | ItemCompleted
KINDS: dict[str, type[Event]] = {kind.detail_type: kind for kind in get_args(Event)}
Kind = TypeVar("Kind", bound=Event)


def envelope(event: Event) -> dict:
    """The event as it travels; raises InvalidEvent when it does not match its schema."""
    message = {
        "source": SOURCE,
        "detail-type": event.detail_type,
        "detail": {"version": VERSION, **asdict(event)},
    }
    validate(message)
    return message


def parse(message: dict | str, expected: type[Kind]) -> Kind:
    """The event in an envelope (a dict, or its JSON text); raises InvalidEvent naming what is wrong."""
    told: Any = message
    if isinstance(message, str):
        try:
            told = json.loads(message)
        except json.JSONDecodeError as error:
            raise InvalidEvent(f"not JSON: {error}; send a {expected.detail_type!r} envelope") from error
    validate(told)
    if told["detail-type"] != expected.detail_type:
        raise InvalidEvent(f"got {told['detail-type']!r} where {expected.detail_type!r} belongs")
    detail = dict(told["detail"])
    detail.pop("version")
    return expected(**detail)


def validate(message: dict) -> None:
    """Check an envelope against the JSON Schema of its detail-type."""
    detail_type = message.get("detail-type") if isinstance(message, dict) else None
    if detail_type not in KINDS:
        raise InvalidEvent(f"detail-type {detail_type!r} is not one of {', '.join(map(repr, KINDS))}")
    try:
        validator(detail_type)(message)
    except fastjsonschema.JsonSchemaValueException as error:
        raise InvalidEvent(f"{detail_type}: {error.message}; the schema is {schema_file(detail_type).name}") from error


def schema_file(detail_type: str) -> Path:
    """The published JSON Schema of a detail-type."""
    return SCHEMAS / f"{detail_type.lower().replace(' ', '_')}.json"


@cache
def validator(detail_type: str) -> Callable[[dict], object]:
    return fastjsonschema.compile(json.loads(schema_file(detail_type).read_text(encoding="utf-8")))
