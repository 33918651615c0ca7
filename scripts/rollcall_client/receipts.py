"""A job's receipt, and whether its results bear it out."""

from rollcall.receipts import receipts, verification
from rollcall.records import jobs as job_record
from rollcall.records.rows import JobRow
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.job_status import job_row


def newest_receipt(env: Environment, job_id: str) -> dict:
    """The receipt of a job's last run that has ended; raises CommandError when there is none."""
    receipt = receipts.read(env.client("s3"), env.deployment.bucket, job_id)
    if receipt is None:
        state = job_row(env, job_id)["state"]
        raise CommandError(
            f"job {job_id} is {state} and has no receipt; one is written when a run that had items has ended"
        )
    return receipt


def receipts_of(env: Environment, row: JobRow) -> list[dict]:
    """The receipts of those runs of a job that have one."""
    s3, bucket = env.client("s3"), env.deployment.bucket
    found = (receipts.read_run(s3, bucket, row["job_id"], run) for run in range(1, row["run"] + 1))
    return [receipt for receipt in found if receipt]


def verify(env: Environment, receipt: dict) -> verification.Verdict:
    plans = {entry["run"]: job_record.read_plan(env.jobs, receipt["job_id"], entry["run"]) for entry in receipt["runs"]}
    return verification.verify(env.client("s3"), env.deployment.bucket, receipt, plans)
