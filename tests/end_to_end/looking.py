"""What tests look at of a job that runs."""

from rollcall.records import jobs as job_record
from rollcall.records import results
from rollcall.records.rows import JobRow
from rollcall_client.environment import Environment


def row(env: Environment, job_id: str) -> JobRow:
    return job_record.read(env.jobs, job_id)


def stored(env: Environment, job_id: str) -> list[str]:
    """The keys of the results of its first run."""
    return results.result_keys(env.client("s3"), env.deployment.bucket, job_id).get(1, [])


def probes(job: str, *seconds: float) -> list[dict]:
    """Items that sleep so long."""
    return [{"id": f"{job}-{n}", "data_type": "probe", "seconds": each} for n, each in enumerate(seconds)]
