"""Routes as deployed: which target serves a data type, read from the parameters Terraform wrote."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollcall.errors import InputRefused

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient

UNROUTED = "*"


@dataclass(frozen=True)
class Route:
    """data type → target. `chunk_size` in items, `max_concurrency` in workers.

    `role_id` is the unique id of its workers' role, `code` what they run: the start of a zip's digest, or an image.
    `function` is the ARN of the function that works for it, empty where that is a container.
    """

    data_type: str
    target: str
    queue_url: str
    chunk_size: int
    max_concurrency: int
    timeout_seconds: int
    max_attempts: int
    idempotent: bool
    role_id: str
    code: str
    function: str


def read_routes(ssm: "SSMClient", parameters: str) -> dict[str, Route]:
    """All routes of an environment by data type, the catch-all "*" among them."""
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=f"{parameters}/routes")
    routes = (Route(**json.loads(parameter["Value"])) for page in pages for parameter in page["Parameters"])
    return {route.data_type: route for route in routes}


def routed_only(items: Iterable[dict], routes: dict[str, Route]) -> Iterator[dict]:
    """Pass items on, and raise InputRefused after the last one if any had no route."""
    missing: dict[str, list] = {}
    for item in items:
        if item["data_type"] not in routes:
            missing.setdefault(item["data_type"], [0, item["id"]])[0] += 1
        yield item
    if missing:
        known = ", ".join(sorted(routes.keys() - {UNROUTED}))
        raise InputRefused(
            [
                f"no route for data type {data_type!r} ({count} items, first {first!r}); "
                f"add one in tfvars, or correct the items: there are routes for {known}"
                for data_type, (count, first) in sorted(missing.items())[:20]
            ]
        )
