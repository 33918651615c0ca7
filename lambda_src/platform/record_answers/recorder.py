"""Recording what a Map's iterations have answered, as if their chunks had settled one by one."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollcall.barrier import barrier
from rollcall.dispatch.dispatcher import requests
from rollcall.dispatch.queues import BATCH
from rollcall.errors import Abandoned, WorkerLost
from rollcall.events import ChunkRequested, ChunkSettled
from rollcall.ranges import batches
from rollcall.records import jobs as job_record
from rollcall.records.jobs import ENDED
from rollcall.records.plans import Part, Plan
from rollcall.worker.chunks import fail_chunk, settled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_stepfunctions.client import SFNClient

AT_ONCE = 1000


@dataclass(frozen=True)
class Recorder:
    """The tables, clients of S3 and Step Functions, and the job bucket."""

    jobs: "Table"
    progress: "Table"
    s3: "S3Client"
    sfn: "SFNClient"
    bucket: str

    def record(self, job_id: str, run: int, answers: Iterable[dict]) -> dict:
        """Settle every chunk of a run; the job's outcome, as the barrier gives it to the state machine.

        An answer is {"chunk", "succeeded", "failed"}, or {"chunk", "error"} of one that was lost. A chunk without a
        good answer fails by name, unless it has a result. Raises Abandoned when the job has ended meanwhile.
        """
        plan = job_record.read_plan(self.jobs, job_id, run)
        errors: dict[int, str] = {}
        good = bytearray(plan.chunks)
        for some in batches(self.good(plan, answers, errors, good), AT_ONCE):
            self.settle(plan, some)
        for part in plan.parts:
            missing = [chunk for chunk in range(part.first_chunk, part.first_chunk + part.chunks) if not good[chunk]]
            for some in batches(self.lost(plan, part, missing, errors), AT_ONCE):
                self.settle(plan, some)
        row = job_record.read(self.jobs, job_id)
        if row["run"] != run or row["state"] in ENDED:
            raise Abandoned(f"job {job_id!r} is {row['state']} in run {row['run']}")
        return barrier.released(row)

    def settle(self, plan: Plan, settlements: list[ChunkSettled]) -> None:
        barrier.settle(plan, settlements, self.progress, self.jobs, self.sfn)

    def good(
        self, plan: Plan, answers: Iterable[dict], errors: dict[int, str], good: bytearray
    ) -> Iterator[ChunkSettled]:
        for answer in answers:
            if "error" in answer:
                errors[answer["chunk"]] = answer["error"]
                continue
            good[answer["chunk"]] = True
            yield answered(plan, answer)

    def lost(self, plan: Plan, part: Part, missing: list[int], errors: dict[int, str]) -> Iterator[ChunkSettled]:
        """The settlements of chunks without a good answer: as their results say, or failed by name."""

        def fail(request: ChunkRequested) -> ChunkSettled:
            why = errors.get(request.chunk, "it was not answered for")
            error = WorkerLost(f"its Lambda worker failed: {why}. See the worker's log, then redrive the job")
            return fail_chunk(request, 1, self.s3, self.bucket, part.target, error)

        with ThreadPoolExecutor(BATCH) as pool:
            for some in batches(requests(plan, part, missing, 1, self.bucket, self.s3), BATCH):
                yield from pool.map(fail, some)


def answered(plan: Plan, answer: dict) -> ChunkSettled:
    request = ChunkRequested(plan.job_id, plan.run, answer["chunk"], 1, "", "", 0, 0, 0, "")
    counts = answer["succeeded"], answer["failed"]
    return settled(request, 1, counts, plan.part_of(answer["chunk"]).target, job_record.now())
