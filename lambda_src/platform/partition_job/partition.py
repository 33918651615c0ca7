"""Partition: stream a run's items into manifests, count what is there, and plan the chunks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from partition_job.map_input import MapInput
from partition_job.redrive import Selection
from rollcall import engines
from rollcall.engines import AUTO, Engine
from rollcall.errors import Abandoned, InputRefused, UnknownJobType
from rollcall.intake.items import read_items
from rollcall.intake.manifests import Manifest, manifest_key, write_index, write_manifests
from rollcall.intake.requests import check_request, source_of
from rollcall.intake.sources import FileSource
from rollcall.records import jobs as job_record
from rollcall.records import locks
from rollcall.records.conditional_writes import taken
from rollcall.records.jobs import ENDED, OPEN, JobState, now, timeline_event
from rollcall.records.plans import Part, Plan
from rollcall.routes import UNROUTED, Route, routed_only

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3.client import S3Client

# The numbers of a run's full shards are one row: with so many, a quarter of the 400 KB that a row holds.
MOST_CHUNKS = 10_000_000


@dataclass(frozen=True)
class Partitioner:
    """What partitioning needs: the jobs table, an S3 client, the bucket, and what the environment has.

    `branches` is how many the engine map_in_parallel has.
    """

    jobs: "Table"
    s3: "S3Client"
    bucket: str
    routes: dict[str, Route]
    job_types: list[str]
    engines: Sequence[str] = (Engine.EVENTS,)
    branches: int = 1

    def partition(self, execution: str, request: dict) -> dict:
        """Partition a run once; asked again, answer the same.

        `request` holds `input` ({"uri": …} or {"items": …}), `job_type`, `strict`, `submitted_by`,
        `tolerance`, `fail_fast`, `lock` ({"name", "wait"}), `engine`, `chunk_size` (items), `rate` (items
        a second) and, for a redrive, `redrive` ({"select", "error", "route", "by"}). Raises InputRefused
        or UnknownJobType, having written the reason into the row of a new job; LockHeld while the job
        waits for its lock; Abandoned for a cancelled job.
        """
        job_id, run, restart = job_record.job_of(execution)
        row = self.open_job(job_id, request) if run == 1 else job_record.read(self.jobs, job_id)
        if row["state"] == JobState.CANCELLED and row["run"] == run:
            raise Abandoned(f"job {job_id!r} was cancelled")
        if row["run"] == run and row["state"] != JobState.PARTITIONING:
            plan = job_record.read_plan(self.jobs, job_id, run)
        elif run == 1:
            plan = self.first_run(job_id, request)
        else:
            plan = self.next_run(row, run, restart, request)
        return {
            "job_id": job_id,
            "job_type": request.get("job_type", ""),
            "run": run,
            "items": plan.items,
            "chunks": plan.chunks,
            "results": f"s3://{self.bucket}/jobs/{job_id}/results/",
            "engine": plan.engine,
            **self.units(plan, request.get("rate")),
        }

    def units(self, plan: Plan, rate: float | None) -> dict:
        return MapInput(self.s3, self.bucket, self.routes, self.branches).of(plan, rate)

    def open_job(self, job_id: str, request: dict) -> dict:
        """The job's row, made if this is the first time."""
        by = request.get("submitted_by", "")
        event, more = timeline_event("submitted", by=by), {"job_type": request.get("job_type", ""), "submitted_by": by}
        row = job_record.new_row(job_id, JobState.PARTITIONING, event, **more)
        new = taken(lambda: self.jobs.put_item(Item=row, ConditionExpression="attribute_not_exists(job_id)"))
        return row if new else job_record.read(self.jobs, job_id)

    def first_run(self, job_id: str, request: dict) -> Plan:
        """Plan the first run: the job is RUNNING then, or SETTLED if it has no items."""
        try:
            check_request(request, self.job_types, self.engines)
            self.take_lock(job_id, request)
            source = source_of(request.get("input"), self.s3)
            items = read_items(source)
            if request.get("strict"):
                items = routed_only(items, self.routes)
            uri = source.uri if isinstance(source, FileSource) else ""
            parts = self.write_parts(job_id, 1, items, sizes=self.chunk_sizes(request))
            engine, why = self.engine(request, parts)
            tolerance, fail_fast = request.get("tolerance"), bool(request.get("fail_fast"))
            plan = Plan(job_id, 1, uri, parts, tolerance, fail_fast, engine=engine)
            if engine not in engines.BY_ROUTE:
                self.units(plan, rate=None)  # may be too large for a state
        except (InputRefused, UnknownJobType) as error:
            refused = {"state": JobState.REFUSED, "problems": str(error).split("\n"), "finished_at": now()}
            job_record.update(
                self.jobs,
                job_id,
                refused,
                only_in=(JobState.PARTITIONING,),
                event=timeline_event("refused"),
                remove=("open",),
            )
            raise
        changes = {"engine": engine, **({"to_count": plan.chunks} if engine == Engine.EVENTS_PER_ITEM else {})}
        self.start(plan, changes, "partitioned", (JobState.PARTITIONING,), 1, engine=engine, **why)
        return plan

    def chunk_sizes(self, request: dict) -> dict[str, int]:
        """Items a chunk by data type: as asked for, else one or as many as the route says, as the engine has it."""
        by_route = (request.get("engine") or Engine.EVENTS) in (AUTO, *engines.BY_ROUTE)
        asked = request.get("chunk_size") or (None if by_route else 1)
        return {name: asked or route.chunk_size for name, route in self.routes.items()}

    def engine(self, request: dict, parts: list[Part]) -> tuple[Engine, dict]:
        """(the engine of a job, why it was chosen if nobody named one); raises InputRefused when it cannot do it."""
        engine, why = request.get("engine") or Engine.EVENTS, {}
        if engine == AUTO:
            rate, fail_fast = request.get("rate"), bool(request.get("fail_fast"))
            engine, reason = engines.choose(parts, rate, self.engines, fail_fast)
            why = {"why": reason}
        if parts and (found := engines.problems(Engine(engine), parts, bool(request.get("fail_fast")))):
            raise InputRefused(found)
        return Engine(engine), why

    def next_run(self, row: dict, run: int, restart: int, request: dict) -> Plan:
        """Plan a redrive: the chosen items of the job once more, in manifests of their own.

        Raises InputRefused when nothing is to be redriven or the job is not at rest; its row stays as it is.
        """
        job_id, wish = row["job_id"], request.get("redrive") or {}
        if not JobState(row["state"]).ended or row["run"] != run - 1:
            raise InputRefused([f"job {job_id!r} is {row['state']} in run {row['run']}; redrive it when it has ended"])
        if (route := wish.get("route")) and route not in self.routes:
            raise InputRefused([f"there is no route {route!r}; there are {', '.join(sorted(self.routes))}"])
        first = job_record.read_plan(self.jobs, job_id, 1)
        selection = Selection(self.s3, self.bucket, first, wish.get("select", []), wish.get("error"))
        parts = self.write_parts(job_id, run, selection.items(), self.chunk_sizes({}), route)
        if not parts:
            raise InputRefused([f"no item of job {job_id!r} is as asked for; see rollcall failures {job_id}"])
        self.take_lock(job_id, request)
        plan = Plan(
            job_id,
            run,
            first.input,
            parts,
            first.tolerance,
            first.fail_fast,
            base_succeeded=selection.left["succeeded"],
            base_failed=selection.left["failed"],
            base_not_run=selection.left["missing"],
        )
        changes = {**OPEN, "run": run, "restarts": restart, "sweeps": 0, "engine": plan.engine}
        self.start(plan, changes, "redriven", ENDED, run - 1, by=wish.get("by", ""))
        return plan

    def start(self, plan: Plan, changes: dict, what: str, only_in: tuple, run_before: int, **more: Any) -> None:
        """Write the plan, then let the job go on with it; raises Abandoned when it was cancelled meanwhile."""
        job_record.write_plan(self.jobs, plan)
        empty = {"state": JobState.SETTLED, "outcome": JobState.SUCCEEDED, "succeeded": 0, "failed": 0}
        changes = {**changes, **({"state": JobState.RUNNING} if plan.chunks else empty), "partitioned_at": now()}
        event = timeline_event(what, run=plan.run, items=plan.items, chunks=plan.chunks, **more)
        outdated = {"task_token", "dispatched_at", "settled_at", "finished_at", "outcome", "error", "swept_at"}
        _, row = job_record.update(
            self.jobs,
            plan.job_id,
            changes,
            only_in,
            Attr("run").eq(run_before),
            event,
            {},
            tuple(outdated - changes.keys()),
        )
        row = row or job_record.read(self.jobs, plan.job_id)
        if row["run"] != plan.run or JobState(row["state"]).ended:
            raise Abandoned(f"job {plan.job_id!r} is {row['state']} in run {row['run']}")

    def take_lock(self, job_id: str, request: dict) -> None:
        if lock := request.get("lock"):
            job_record.update(self.jobs, job_id, {"lock": lock["name"]})
            locks.acquire(self.jobs, lock["name"], job_id, bool(lock.get("wait")))

    def write_parts(
        self, job_id: str, run: int, items: Iterable[dict], sizes: dict[str, int], route: str | None = None
    ) -> list[Part]:
        """Stream items into manifests and the chunk index; their parts, with the routes that will serve them."""
        if route:
            sizes = dict.fromkeys(sizes, sizes[route])
        manifests = write_manifests(items, sizes, job_id, run, self.bucket, self.s3)
        if (chunks := sum(len(manifest.counts) for manifest in manifests.values())) > MOST_CHUNKS:
            raise InputRefused(
                [f"{chunks:,} chunks, and a run has room for {MOST_CHUNKS:,}; raise chunk_size of its routes"]
            )
        write_index(manifests.values(), job_id, run, self.bucket, self.s3)
        return list(parts_of(manifests, self.routes, job_id, run, route))


def parts_of(
    manifests: dict[str, Manifest], routes: dict[str, Route], job_id: str, run: int, route: str | None
) -> Iterator[Part]:
    """Number chunks and shards through all data types, one after another."""
    chunk = shard = 0
    for data_type, manifest in manifests.items():
        serving = routes[route] if route else routes.get(data_type, routes[UNROUTED])
        part = Part(
            data_type=data_type,
            route=serving.data_type,
            target=serving.target,
            queue_url=serving.queue_url,
            max_concurrency=serving.max_concurrency,
            timeout_seconds=serving.timeout_seconds,
            max_attempts=serving.max_attempts,
            role_id=serving.role_id,
            code=serving.code,
            manifest=manifest_key(job_id, run, data_type),
            items=sum(manifest.counts),
            chunks=len(manifest.counts),
            first_chunk=chunk,
            first_shard=shard,
        )
        yield part
        chunk += part.chunks
        shard += len(part.shard_sizes)
