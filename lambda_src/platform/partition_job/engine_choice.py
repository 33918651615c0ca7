"""What a request and the environment make of a job's engine, and of the size of its chunks."""

from collections.abc import Sequence

from rollcall import engines
from rollcall.engines import AUTO, Engine
from rollcall.errors import InputRefused
from rollcall.records.plans import Part
from rollcall.routes import Route


def chunk_sizes(request: dict, routes: dict[str, Route]) -> dict[str, int]:
    """Items a chunk by data type: as asked for, else one or as many as the route says, as the engine has it."""
    engine, asked, rate = request.get("engine") or Engine.EVENTS, request.get("chunk_size"), request.get("rate")
    return {name: asked or engines.chunk_size(engine, route, rate) for name, route in routes.items()}


def engine_of(request: dict, parts: list[Part], deployed: Sequence[str]) -> tuple[Engine, str]:
    """(the engine of a job, why it was chosen if nobody named one); raises InputRefused when it cannot do it."""
    engine, fail_fast, why = request.get("engine") or Engine.EVENTS, bool(request.get("fail_fast")), ""
    if engine == AUTO:
        engine, why = engines.choose(parts, request.get("rate"), deployed, fail_fast)
    if parts and (found := engines.problems(Engine(engine), parts, fail_fast)):
        raise InputRefused(found)
    return Engine(engine), why
