"""Lambda entry point: the next step of a valuation."""

import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from summarise_book.book_summary import summarise
from summarise_book.result_files import READERS, read_tallies, write_summary

# A next step that fails is not started again, so it waits where S3 asks to slow down.
CONFIG = Config(max_pool_connections=READERS, retries={"mode": "standard", "max_attempts": 10})

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict, context: "LambdaContext") -> dict:
    """Total the results of a job, write its summary.json and return the same summary."""
    s3 = boto3.client("s3", config=CONFIG)
    summary = summarise(event, read_tallies(s3, event["results"]))
    write_summary(s3, os.environ["ROLLCALL_BUCKET"], summary)
    return summary
