"""The answers of a Map: in the state itself, or where a Distributed Map's ResultWriter put them."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


def read_answers(given: list | dict, s3: "S3Client") -> Iterator[dict]:
    """The answers one by one; the nested lists of Maps in a Map or in branches are flattened.

    Of a ResultWriter's details the files of succeeded children are read, JSON Lines, a line each.
    """
    if isinstance(given, dict):
        yield from written(given["ResultWriterDetails"], s3)
        return
    for each in given:
        if isinstance(each, list):
            yield from read_answers(each, s3)
        else:
            yield each


def written(details: dict, s3: "S3Client") -> Iterator[dict]:
    bucket = details["Bucket"]
    manifest = json.load(s3.get_object(Bucket=bucket, Key=details["Key"])["Body"])
    for entry in manifest["ResultFiles"]["SUCCEEDED"]:
        for line in s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].iter_lines():
            yield json.loads(line)
