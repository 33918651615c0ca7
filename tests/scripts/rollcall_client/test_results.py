"""Results are read from the products of the newest run, and chunk by chunk while there are none."""

import json

import pytest

from rollcall.records import products
from rollcall.records.results import failure_line, result_key, success_line, write_once
from rollcall_client import results

GOOD, BAD = ({"id": name, "data_type": "fx"} for name in ("good", "bad"))
LINES = [success_line(GOOD, 1), failure_line(BAD, ValueError("no"), False, 1)]


@pytest.fixture
def job(cloud) -> dict:
    write_once(cloud.s3, cloud.bucket, result_key("job", 1, 0), LINES, 1)
    return {"job_id": "job", "run": 1}


def merged(cloud, run: int) -> None:
    """Products of a run of which only one can be told from its results: the item that failed has another id there."""
    prefix = products.products_prefix("job", run)
    files, failed = [], products.failed_line(BAD | {"id": "merged"}, json.loads(LINES[1]))
    for kind, line in (("succeeded", LINES[0]), ("failed", failed)):
        with products.ProductFile(cloud.s3, cloud.bucket, kind, f"{prefix}{kind}.jsonl") as file:
            file.add(line.encode())
        files.append(file.entry)
    body = json.dumps({"files": files}).encode()
    cloud.s3.put_object(Bucket=cloud.bucket, Key=products.manifest_key("job", run), Body=body)


def ids(env, row, failed: bool) -> list[str]:
    return [line["id"] for line in results.read(env, row, failed)]


@pytest.mark.parametrize("failed, found", [(False, ["good", "merged"]), (True, ["merged"])])
def test_products_are_read_where_there_is_a_manifest(cloud, env, job, failed, found):
    merged(cloud, 1)
    assert ids(env, job, failed) == found


@pytest.mark.parametrize("failed, found", [(False, ["good", "bad"]), (True, ["bad"])])
def test_results_are_read_chunk_by_chunk_until_then_and_while_a_redrive_is_at_work(cloud, env, job, failed, found):
    assert ids(env, job, failed) == found
    merged(cloud, 1)
    assert ids(env, {**job, "run": 2}, failed) == found
