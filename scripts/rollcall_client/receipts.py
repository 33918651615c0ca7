"""A job's receipt, and whether its results bear it out."""

from rich.table import Table

from rollcall.records import jobs as job_record
from rollcall.records import receipts, verification
from rollcall_cli import display
from rollcall_client.environment import CommandError, Environment
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


def receipts_of(env: Environment, row: dict) -> list[dict]:
    """The receipts of those runs of a job that have one."""
    s3, bucket = env.client("s3"), env.deployment.bucket
    found = (receipts.read_run(s3, bucket, row["job_id"], run) for run in range(1, int(row["run"]) + 1))
    return [receipt for receipt in found if receipt]


def verify(env: Environment, receipt: dict) -> verification.Verdict:
    plans = {entry["run"]: job_record.read_plan(env.jobs, receipt["job_id"], entry["run"]) for entry in receipt["runs"]}
    return verification.verify(env.client("s3"), env.deployment.bucket, receipt, plans)


def as_json(receipt: dict, verdict: verification.Verdict) -> dict:
    counts = {name: receipt[name] for name in ("job_id", "run", "status", "succeeded", "failed", "not_run")}
    return {"verified": not verdict.differences, **counts, **vars(verdict)}


def in_words(receipt: dict) -> str:
    return (
        f"{receipt['status']} in run {receipt['run']}: {receipt['expected']['items']:,} items expected, "
        f"{receipt['succeeded']:,} succeeded, {receipt['failed']:,} failed, {receipt['not_run']:,} not run; "
        f"{receipt['settled']:,} of {receipt['expected']['chunks']:,} chunks settled"
    )


def as_table(receipt: dict) -> Table:
    table = display.table_of(f"the receipt of job {receipt['job_id']}", "", "", left=2)
    table.show_header = False
    timings = receipt["timings"]
    for name, value in (
        ("status", f"{receipt['status']} in run {receipt['run']}"),
        ("items expected", f"{receipt['expected']['items']:,}"),
        *((name.replace("_", " "), f"{receipt[name]:,}") for name in ("succeeded", "failed", "not_run")),
        ("chunks settled", f"{receipt['settled']:,} of {receipt['expected']['chunks']:,}"),
        ("chunks handed out", f"{receipt['attempts']:,}"),
        ("duplicates seen", f"{receipt['duplicates']:,}"),
        ("submitted by", receipt["submitted_by"]),
        ("finished at", timings["finished_at"]),
        ("makespan", f"{timings['makespan_s']:,.1f} s"),
        *((f"code of {data_type}", code) for data_type, code in receipt["code"].items()),
        *((f"digest of run {entry['run']}", entry["digest"]) for entry in receipt["runs"]),
    ):
        table.add_row(name, value)
    return table
