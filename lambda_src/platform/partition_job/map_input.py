"""What a state machine needs to bring the chunks of a run to Lambda itself, for every engine but `events`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollcall import engines
from rollcall.engines import DISTRIBUTED, STATE_BYTES, Engine
from rollcall.errors import InputRefused
from rollcall.intake.manifests import encode, open_to_write, read_index, run_prefix
from rollcall.records.plans import Plan
from rollcall.routes import Route

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

REST_BYTES = 2_000  # what else is in the state


@dataclass(frozen=True)
class MapInput:
    """An S3 client, the job bucket, the routes, and how many branches the engine map_in_parallel has."""

    s3: "S3Client"
    bucket: str
    routes: dict[str, Route]
    branches: int

    def of(self, plan: Plan, rate: float | None = None, rate_name: str | None = None) -> dict:
        """{} for `events`; else {"work": what all chunks share, "units": the chunks}.

        A unit is {"chunk", "part", "offset", "length", "items"}. A Distributed Map reads its units from S3, the key
        being in `work`. Raises InputRefused when the units are too large for a state machine's state.
        """
        engine = Engine(plan.engine)
        if engine == Engine.EVENTS or not plan.chunks:
            return {}
        at_once = engines.concurrency(engine, plan.parts, rate)
        work = {
            "job_id": plan.job_id,
            "run": plan.run,
            "input": plan.input,
            "functions": [self.routes[part.route].function for part in plan.parts],
            "data_types": [part.data_type for part in plan.parts],
            "manifests": [part.manifest for part in plan.parts],
            "concurrency": at_once,
        }
        if engine in DISTRIBUTED:
            kept = {"rate": rate or 0, "rate_name": rate_name or plan.job_id}
            return {"work": work | kept | self.distributed(plan)}
        chunks = list(self.units(plan))
        units: list | dict = chunks
        if engine == Engine.MAP_IN_MAP:
            units, work["lanes"] = engines.lanes(chunks, at_once)
            work["concurrency"] = len(units[0])
        elif engine == Engine.MAP_IN_PARALLEL:
            units = engines.dealt(chunks, self.branches)
            work["concurrency"] = min(engines.INLINE_CONCURRENCY, max(1, at_once // self.branches))
        state = {"work": work, "units": units}
        if (size := len(json.dumps(state)) + REST_BYTES) > STATE_BYTES:
            raise InputRefused(
                [
                    f"engine {engine} keeps all chunks in one state of at most {STATE_BYTES:,} bytes, and these need "
                    f"{size:,}; use --engine {Engine.EVENTS} or {Engine.DISTRIBUTED_MAP}, or larger chunks"
                ]
            )
        return state

    def units(self, plan: Plan) -> Iterator[dict]:
        for number, part in enumerate(plan.parts):
            index = read_index(plan.job_id, plan.run, self.bucket, self.s3, part.first_chunk, part.chunks)
            for chunk, (offset, length, items) in enumerate(index, part.first_chunk):
                yield {"chunk": chunk, "part": number, "offset": offset, "length": length, "items": items}

    def distributed(self, plan: Plan) -> dict:
        prefix = run_prefix(plan.job_id, plan.run)
        key = f"{prefix}units.jsonl"
        with open_to_write(key, self.bucket, self.s3) as stream:
            stream.writelines(f"{encode(unit)}\n".encode() for unit in self.units(plan))
        return {
            "units_key": key,
            "answers_prefix": f"{prefix}answers",
            "express": all(part.timeout_seconds <= engines.EXPRESS_SECONDS for part in plan.parts),
        }
