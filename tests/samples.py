"""Small made-up parts that several tests need."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rollcall.records.plans import Part
from rollcall.routes import Route

ACCEPTED = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)  # when a job's submission was
EVENTS = Path(__file__).parent / "events"  # as the services document them


def route(data_type: str, queue_url: str = "https://queue", **changes) -> Route:
    fields = {
        "target": "lambda",
        "chunk_size": 10,
        "max_concurrency": 4,
        "timeout_seconds": 900,
        "max_attempts": 3,
        "idempotent": False,
        "role_id": f"AROA{data_type.upper()}",
        "code": "0123456789ab",
        "function": f"arn:aws:lambda:us-east-1:123456789012:function:{data_type}",
    }
    return Route(data_type=data_type, queue_url=queue_url, **{**fields, **changes})


def part(data_type: str, chunks: int, first_chunk: int = 0, first_shard: int = 0, **changes) -> Part:
    """A part of chunks of ten items each, as its route gives it."""
    given = asdict(route(data_type))
    fields = {
        "route": data_type,
        "manifest": f"{data_type}.jsonl",
        "items": chunks * 10,
        "chunks": chunks,
        "first_chunk": first_chunk,
        "first_shard": first_shard,
    }
    kept = {name: given[name] for name in given if name not in ("chunk_size", "idempotent", "function")}
    return Part(**{**kept, **fields, **changes})
