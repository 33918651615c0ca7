"""Small made-up parts that several tests need."""

from rollcall.routes import Route


def route(data_type: str, queue_url: str = "https://queue", **changes) -> Route:
    fields = {"target": "lambda", "chunk_size": 10, "max_concurrency": 4, "timeout_seconds": 900}
    return Route(data_type=data_type, queue_url=queue_url, **{**fields, **changes})
