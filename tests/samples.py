"""Small made-up parts that several tests need."""

from pathlib import Path

from rollcall.routes import Route

EVENTS = Path(__file__).parent / "events"  # as the services document them


def route(data_type: str, queue_url: str = "https://queue", **changes) -> Route:
    fields = {"target": "lambda", "chunk_size": 10, "max_concurrency": 4, "timeout_seconds": 900, "max_attempts": 3}
    return Route(data_type=data_type, queue_url=queue_url, **{**fields, **changes})
