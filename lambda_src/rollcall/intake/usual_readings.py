"""How inputs of a job type are read where whoever submits one does not say: `readings` of tfvars, as it is deployed."""

import json
from typing import TYPE_CHECKING

from rollcall.intake.reading import Reading, reading_of

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


def usual_reading(s3: "S3Client", bucket: str, job_type: str) -> Reading:
    """That of a job type; one that says nothing where there is none."""
    if not job_type:
        return Reading()
    try:
        found = s3.get_object(Bucket=bucket, Key=f"readings/{job_type}.json")
    except s3.exceptions.NoSuchKey:
        return Reading()
    return reading_of(json.load(found["Body"]))
