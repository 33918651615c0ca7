"""The results of a job: from the products of its newest run where they are there, else chunk by chunk."""

from collections.abc import Iterator

from rollcall.records import products
from rollcall.records.products import FAILED
from rollcall.records.results import read_results
from rollcall.records.rows import JobRow
from rollcall_client.environment import Environment


def read(env: Environment, row: JobRow, failed: bool = False) -> Iterator[dict]:
    """A result line of every item that was answered, or of those alone that failed."""
    s3, bucket, job_id = env.client("s3"), env.deployment.bucket, row["job_id"]
    if manifest := products.read_manifest(s3, bucket, job_id, int(row["run"])):
        files = [file for file in manifest["files"] if not failed or file["kind"] == FAILED]
        return products.read_lines(s3, bucket, files)
    return (line for line in read_results(s3, bucket, job_id) if not (failed and line["ok"]))
