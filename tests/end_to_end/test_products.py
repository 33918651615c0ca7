"""A job's results become few files, whatever happens to the merge."""

import json
from contextlib import contextmanager

import pytest
from tests.end_to_end.commands import eventually
from tests.end_to_end.looking import probes
from tests.end_to_end.permissions import without, without_caller

from rollcall.records import products

pytestmark = pytest.mark.full
FUNCTION, LETTERS = "rollcall-local-merge-results", "rollcall-local-merges-dlq"


def manifest(env, job_id: str) -> dict | None:
    return products.read_manifest(env.client("s3"), env.deployment.bucket, job_id, 1)


def test_a_hundred_thousand_items_are_merged_in_sections_and_what_failed_is_submitted_again(cloud, env):
    failing = set(range(7, 100_000, 1000))
    items = [
        {"id": f"many-{n}", "data_type": "probe.many", "quiet": True, **({"fail": "no"} if n in failing else {})}
        for n in range(100_000)
    ]
    assert cloud.submit("many", items, "--wait", "--json").json["failed"] == len(failing)
    found = eventually(lambda: manifest(env, "many"))
    assert (found["succeeded"], found["failed"], len(found["files"])) == (99_900, 100, 8)
    assert cloud.rollcall("verify", "many").code == 0
    lines = cloud.rollcall("results", "many", "--failed").out.splitlines()
    assert {json.loads(line)["id"] for line in lines} == {f"many-{n}" for n in failing}
    addresses = [f"s3://{env.deployment.bucket}/{file['key']}" for file in found["files"] if file["kind"] == "failed"]
    again = cloud.rollcall("submit", *addresses, "--id", "many-again", "--wait", "--json").json
    assert (again["items"], again["failed"]) == (100, 100)


@contextmanager
def merging_is_not_let_do(env):
    with without(env, FUNCTION, "s3:PutObject"):
        yield


@contextmanager
def merging_is_not_asked_for(env):
    with without_caller(env, FUNCTION):
        yield


@pytest.mark.refused("s3:PutObject", "lambda:InvokeFunction")
@pytest.mark.parametrize("trouble", [merging_is_not_let_do, merging_is_not_asked_for])
def test_what_could_not_be_merged_is_read_chunk_by_chunk_until_its_letter_is_tried_again(cloud, env, trouble):
    functions, job_id = env.client("lambda"), trouble.__name__.replace("_", "-")
    config = functions.get_function_event_invoke_config(FunctionName=FUNCTION)
    destination = {"FunctionName": FUNCTION, "DestinationConfig": config["DestinationConfig"]}
    functions.put_function_event_invoke_config(**destination, MaximumRetryAttempts=0)
    try:
        with trouble(env):
            assert cloud.submit(job_id, probes(job_id, 0, 0), "--wait").code == 0
            eventually(lambda: job_id in cloud.rollcall("dlq", "list", "--json").out)
    finally:
        retries = config["MaximumRetryAttempts"]
        functions.put_function_event_invoke_config(**destination, MaximumRetryAttempts=retries)
    assert manifest(env, job_id) is None
    assert len(cloud.rollcall("results", job_id).out.splitlines()) == 2
    assert cloud.rollcall("dlq", "redrive", LETTERS).code == 0
    assert eventually(lambda: manifest(env, job_id))["succeeded"] == 2
