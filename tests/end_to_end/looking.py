"""What tests look at of a job that runs."""

import re
from collections import Counter
from datetime import datetime

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


def logged(env: Environment, job: str, *endings: str) -> list[str]:
    """What was logged since a job was submitted, in the log group whose name has one of these endings.

    A call's log is there when the call has ended; the embedded cloud shows the first ten thousand lines of what is
    asked for, so only those since the job was submitted are.
    """
    since = int(datetime.fromisoformat(job_record.read(env.jobs, job)["created_at"]).timestamp() * 1000)
    pages = env.client("logs").get_paginator("filter_log_events")
    groups = env.client("logs").describe_log_groups()["logGroups"]
    name = next(group["logGroupName"] for group in groups if group["logGroupName"].endswith(endings))
    where = {"logGroupName": name, "startTime": since}
    return [event["message"] for page in pages.paginate(**where) for event in page["events"]]


def ran(env: Environment, slug: str, job: str) -> Counter[str]:
    """How often each item of a job, named after it, was run on a probe route, counted in the log of its workers."""
    messages = logged(env, job, f"/{slug}", f"-route-{slug}")
    items = (found[1] for message in messages if (found := re.search(r'"item": ?"([^"]+)"', message)))
    return Counter(item for item in items if item.startswith(f"{job}-"))
