"""Lambda entry point: a next step that does no more than count, for jobs that try or measure the platform."""

from typing import TYPE_CHECKING

import boto3

from count_results.counting import count_results

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict, context: "LambdaContext") -> dict:
    """How many result files a job has, and their bytes, beside its own counts of items."""
    counts = {name: event[name] for name in ("job_id", "status", "items", "succeeded", "failed")}
    return counts | count_results(boto3.client("s3"), event["results"])
