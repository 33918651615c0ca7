"""Answers are read in whatever shape a Map has left them."""

import json

import pytest

from record_answers.answers import read_answers

ANSWERS = [{"chunk": chunk, "succeeded": 1, "failed": 0} for chunk in range(5)]


@pytest.mark.parametrize(
    "given",
    [ANSWERS, [ANSWERS[:2], ANSWERS[2:]], [[ANSWERS[:1], ANSWERS[1:3]], [], [ANSWERS[3:]]]],
    ids=["a Map", "Maps in a Map", "Maps in branches"],
)
def test_nested_lists_are_laid_flat(given):
    assert list(read_answers(given, None)) == ANSWERS


def test_those_of_a_distributed_map_are_read_from_every_file_of_children_that_succeeded(cloud):
    """As the ResultWriter writes them: a manifest, and JSON Lines with one child's output a line."""
    files: dict[str, list[dict]] = {
        "SUCCEEDED_0.jsonl": ANSWERS[:3],
        "SUCCEEDED_1.jsonl": ANSWERS[3:],
        "FAILED_0.jsonl": [{"Cause": "x"}],
    }
    for name, lines in files.items():
        body = "\n".join(map(json.dumps, lines)).encode()
        cloud.s3.put_object(Bucket=cloud.bucket, Key=f"answers/run/{name}", Body=body)
    listed = {
        kind: [{"Key": f"answers/run/{name}", "Size": 1} for name in files if name.startswith(kind)]
        for kind in ("FAILED", "PENDING", "SUCCEEDED")
    }
    manifest = {"DestinationBucket": cloud.bucket, "MapRunArn": "arn", "ResultFiles": listed}
    cloud.s3.put_object(Bucket=cloud.bucket, Key="answers/run/manifest.json", Body=json.dumps(manifest).encode())
    given = {
        "MapRunArn": "arn",
        "ResultWriterDetails": {"Bucket": cloud.bucket, "Key": "answers/run/manifest.json"},
    }
    assert list(read_answers(given, cloud.s3)) == ANSWERS
