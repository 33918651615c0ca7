"""Lambda entry point: a next step that does no more than count, for jobs that try or measure the platform."""

import boto3

from count_results.counting import count_results


def handler(event: dict, context: object) -> dict:
    """How many result files a job has, and their bytes, beside its own counts of items."""
    counts = {name: event[name] for name in ("job_id", "status", "items", "succeeded", "failed")}
    return counts | count_results(boto3.client("s3"), event["results"])
