"""Partition: stream a job's input into manifests, count what is there, and plan the chunks."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from rollcall import jobs as job_record
from rollcall.barrier import now
from rollcall.errors import InputRefused, UnknownJobType
from rollcall.items import read_items
from rollcall.jobs import JobState, Part, Plan
from rollcall.manifests import Manifest, manifest_key, write_index, write_manifests
from rollcall.routes import UNROUTED, Route, routed_only
from rollcall.sources import FileSource, InlineSource


@dataclass(frozen=True)
class Partitioner:
    """What partitioning needs: the jobs table, an S3 client, the bucket, the routes and the job types."""

    jobs: object
    s3: object
    bucket: str
    routes: dict[str, Route]
    job_types: list[str]

    def partition(self, job_id: str, request: dict) -> dict:
        """Partition a job once; asked again, answer the same.

        `request` holds `input` ({"uri": …} or {"items": …}), `job_type`, `strict`, `submitted_by`.
        Returns job_id, job_type, items and chunks. Raises InputRefused or UnknownJobType, having
        written the reason into the job's row.
        """
        row = self.open_job(job_id, request)
        if row["state"] != JobState.PARTITIONING:
            plan = job_record.plan_of(row)
        else:
            try:
                plan = self.write_plan(job_id, request)
            except (InputRefused, UnknownJobType) as error:
                changes = {"state": JobState.REFUSED, "problems": str(error).split("\n"), "finished_at": now()}
                job_record.update(self.jobs, job_id, changes)
                raise
        return {
            "job_id": job_id,
            "job_type": request.get("job_type", ""),
            "items": plan.items,
            "chunks": plan.chunks,
            "results": f"s3://{self.bucket}/jobs/{job_id}/results/",
        }

    def open_job(self, job_id: str, request: dict) -> dict:
        """The job's row, made if this is the first time."""
        row = {
            **job_record.key(job_id),
            "state": JobState.PARTITIONING,
            "job_type": request.get("job_type", ""),
            "submitted_by": request.get("submitted_by", ""),
            "created_at": now(),
            "expires_at": job_record.expires_at(),
        }
        try:
            self.jobs.put_item(Item=row, ConditionExpression="attribute_not_exists(job_id)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return job_record.read(self.jobs, job_id)
        return row

    def write_plan(self, job_id: str, request: dict) -> Plan:
        """Write the manifests, the chunk index and the plan; the job is RUNNING then, or SETTLED if it is empty."""
        if (job_type := request.get("job_type", "")) and job_type not in self.job_types:
            known = ", ".join(self.job_types) or "none"
            raise UnknownJobType(f"no next step for job type {job_type!r}; next_steps in tfvars has {known}")
        source = source_of(request.get("input"), self.s3)
        items = read_items(source)
        if request.get("strict"):
            items = routed_only(items, self.routes)
        sizes = {route.data_type: route.chunk_size for route in self.routes.values()}
        manifests = write_manifests(items, sizes, job_id, self.bucket, self.s3)
        write_index(manifests.values(), job_id, self.bucket, self.s3)
        uri = source.uri if isinstance(source, FileSource) else ""
        plan = Plan(job_id, 1, uri, parts_of(manifests, self.routes, job_id))
        state = {"state": JobState.RUNNING} if plan.chunks else {"state": JobState.SETTLED, "succeeded": 0, "failed": 0}
        job_record.update(self.jobs, job_id, {**state, "plan": plan.to_json(), "partitioned_at": now()})
        return plan


def source_of(given: dict | None, s3) -> FileSource | InlineSource:
    """The source a request names; raises InputRefused when it names none, or two."""
    given = given if isinstance(given, dict) else {}
    if isinstance(given.get("uri"), str) and "items" not in given:
        return FileSource(given["uri"], s3)
    if isinstance(given.get("items"), list | dict) and "uri" not in given:
        return InlineSource(given["items"])
    raise InputRefused(['the job\'s "input" must hold one of "uri" (an s3:// address) and "items" (a list); give one'])


def parts_of(manifests: dict[str, Manifest], routes: dict[str, Route], job_id: str) -> list[Part]:
    """Number chunks and shards through all data types, one after another."""
    parts, chunk, shard = [], 0, 0
    for data_type, manifest in manifests.items():
        route = routes.get(data_type, routes[UNROUTED])
        part = Part(
            data_type=data_type,
            target=route.target,
            queue_url=route.queue_url,
            max_concurrency=route.max_concurrency,
            manifest=manifest_key(job_id, data_type),
            items=sum(manifest.counts),
            chunks=len(manifest.counts),
            first_chunk=chunk,
            first_shard=shard,
        )
        parts.append(part)
        chunk += part.chunks
        shard += len(part.shard_sizes)
    return parts
