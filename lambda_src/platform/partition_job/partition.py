"""Partition: stream a run's items into manifests, count what is there, and plan the chunks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from partition_job import run_start
from partition_job.engine_choice import chunk_sizes, engine_of
from partition_job.map_input import MapInput
from partition_job.parts import PartWriter
from partition_job.redrive import Selection
from rollcall import engines
from rollcall.engines import Engine
from rollcall.errors import Abandoned, InputRefused, UnknownJobType
from rollcall.intake.contracts import published_contracts
from rollcall.intake.items import read_items
from rollcall.intake.manifests import run_prefix
from rollcall.intake.problems import MAX_PROBLEMS, Tally
from rollcall.intake.requests import check_request
from rollcall.intake.sources import address_of, source_of
from rollcall.intake.usual_readings import usual_reading
from rollcall.records import jobs as job_record
from rollcall.records.jobs import ENDED, OPEN, JobState
from rollcall.records.plans import Plan
from rollcall.records.rows import JobRow
from rollcall.routes import Route, routed_only

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3.client import S3Client


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

    @property
    def parts(self) -> PartWriter:
        return PartWriter(self.s3, self.bucket, self.routes)

    def partition(self, execution: str, request: dict, accepted: datetime) -> dict:
        """Partition a run once, accepted at a moment; asked again, answer the same.

        `request` holds `input` ({"uri": …} or {"items": …}), `job_type`, `strict`, `submitted_by`,
        `tolerance`, `fail_fast`, `lock` ({"name", "wait"}), `deadline_seconds`, `engine`, `chunk_size`
        (items), `rate` (items a second), `rate_name` and, for a redrive, `redrive` ({"select", "error", "route",
        "by"}).
        Raises InputRefused or UnknownJobType, having written the reason into the row of a new job;
        LockHeld while the job waits for its lock; Abandoned for a cancelled job.
        """
        job_id, run, restart = job_record.job_of(execution)
        plan = self.plan(job_id, run, restart, request, accepted)
        return {
            "job_id": job_id,
            "job_type": request.get("job_type", ""),
            "run": run,
            "items": plan.items,
            "chunks": plan.chunks,
            "results": f"s3://{self.bucket}/jobs/{job_id}/results/",
            "engine": plan.engine,
            **self.units(plan, request),
        }

    def plan(self, job_id: str, run: int, restart: int, request: dict, accepted: datetime) -> Plan:
        """The plan of a run: the one it has, or else a new one with which the job goes on."""
        first = run == 1
        row = job_record.opened(self.jobs, job_id, request, accepted) if first else job_record.read(self.jobs, job_id)
        if row["state"] == JobState.CANCELLED and row["run"] == run:
            raise Abandoned(f"job {job_id!r} was cancelled")
        if row["run"] == run and row["state"] != JobState.PARTITIONING:
            return job_record.read_plan(self.jobs, job_id, run)
        return self.first_run(job_id, request) if first else self.next_run(row, run, restart, request)

    def units(self, plan: Plan, request: dict) -> dict:
        map_input = MapInput(self.s3, self.bucket, self.routes, self.branches)
        return map_input.of(plan, request.get("rate"), request.get("rate_name"))

    def first_run(self, job_id: str, request: dict) -> Plan:
        """Plan the first run and let the job go on with it; one that cannot be planned is REFUSED."""
        try:
            plan, reasons = self.plan_first_run(job_id, request)
        except (InputRefused, UnknownJobType) as error:
            run_start.refuse(self.jobs, job_id, error)
            raise
        changes = {"engine": plan.engine}
        to_count = {"to_count": plan.chunks} if plan.engine == Engine.EVENTS_PER_ITEM else {}
        told = {"engine": plan.engine, **reasons}
        run_start.start(self.jobs, plan, changes | to_count, "partitioned", (JobState.PARTITIONING,), 1, **told)
        return plan

    def plan_first_run(self, job_id: str, request: dict) -> tuple[Plan, dict[str, str]]:
        """(the plan of a first run, what to tell of it); raises as `partition` does.

        Told is `why` it has its engine if nobody named one, and what was guessed (`told`) while its input was read.
        """
        check_request(request, self.job_types, self.engines)
        run_start.take_lock(self.jobs, job_id, request)
        usual = usual_reading(self.s3, self.bucket, request.get("job_type", ""))
        source = source_of(request.get("input"), self.s3, usual)
        notices = Tally()
        items = read_items(source, notices, published_contracts(self.s3, self.bucket))
        if request.get("strict"):
            items = routed_only(items, self.routes)
        parts = self.parts.write(job_id, 1, items, chunk_sizes(request, self.routes))
        engine, why = engine_of(request, parts, self.engines)
        uri = address_of(source, run_prefix(job_id, 1), self.bucket, self.s3)
        plan = Plan(job_id, 1, uri, parts, request.get("tolerance"), bool(request.get("fail_fast")), engine=engine)
        if engine not in engines.BY_ROUTE:
            self.units(plan, request)  # may be too large for a state
        told = {"why": why, "told": " · ".join(notices.sentences()[:MAX_PROBLEMS])}
        return plan, {name: words for name, words in told.items() if words}

    def next_run(self, row: JobRow, run: int, restart: int, request: dict) -> Plan:
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
        parts = self.parts.write(job_id, run, selection.items(), chunk_sizes({}, self.routes), route)
        if not parts:
            raise InputRefused([f"no item of job {job_id!r} is as asked for; see rollcall failures {job_id}"])
        run_start.take_lock(self.jobs, job_id, request)
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
        run_start.start(self.jobs, plan, changes, "redriven", ENDED, run - 1, by=wish.get("by", ""))
        return plan
