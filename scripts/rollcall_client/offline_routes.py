"""Which route an item would take, and how an input would be read, told from tfvars alone."""

import json
import sys
from pathlib import Path
from typing import Any

import hcl2

from rollcall.intake.reading import Reading, reading_of
from rollcall_client.environment import ENVIRONMENTS, known_environments
from rollcall_client.errors import CommandError

KINDS = ("lambda", "fargate", "batch")


def written_routes(environment: str) -> dict[str, dict]:
    """The routes of an environment as its tfvars file has them."""
    return written(environment, "routes")


def written_reading(environment: str, job_type: str) -> Reading:
    """How inputs of a job type are read, as tfvars say."""
    return reading_of(written(environment, "readings").get(job_type))


def written(environment: str, setting: str) -> dict[str, dict]:
    path = ENVIRONMENTS / f"{environment}.tfvars"
    if not path.exists():
        raise CommandError(
            f"there is no environment {environment!r}; terraform/environments has {', '.join(known_environments())}"
        )
    with path.open() as stream:
        return plain(hcl2.load(stream)).get(setting, {})


def plain(value: Any) -> Any:
    """The value without the quotes and markers the HCL parser keeps."""
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items() if not str(k).startswith("__")}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.strip('"') if isinstance(value, str) else value


def take(environment: str, event: str) -> dict:
    """{"data_type", "target", "route"} for an item or a Chunk Requested event; target None without a route.

    `event` is JSON text, the path of a file with it, or - for standard input.
    """
    data_type = data_type_of(read(event))
    route = written_routes(environment).get(data_type)
    target = next((kind for kind in KINDS if route and kind in route), None)
    return {"data_type": data_type, "target": target, "route": route}


def read(event: str) -> dict:
    if event == "-":
        event = sys.stdin.read()
    elif not event.lstrip().startswith("{"):
        if not Path(event).is_file():
            raise CommandError(f'{event}: neither JSON nor a file; give an item such as \'{{"data_type": "equity"}}\'')
        event = Path(event).read_text(encoding="utf-8")
    try:
        return json.loads(event)
    except json.JSONDecodeError as error:
        raise CommandError(f"the event is not valid JSON ({error}); give one JSON object") from error


def data_type_of(event: dict) -> str:
    fields = event.get("detail", event) if isinstance(event, dict) else {}
    data_type = fields.get("data_type", fields.get("dataType")) if isinstance(fields, dict) else None
    if not isinstance(data_type, str):
        raise CommandError('the event names no data type; give it a "data_type", at the top or in "detail"')
    return data_type
