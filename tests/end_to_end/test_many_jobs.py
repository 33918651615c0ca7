"""Small jobs by the hundred: the account's few Lambdas delay them, and all of them end well."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from tests.end_to_end.commands import eventually
from tests.end_to_end.looking import row

from rollcall.records.rows import JobRow
from rollcall_client.environment import Environment, user
from rollcall_client.job_status import is_at_rest
from rollcall_client.submission import Terms, submit

JOBS, ITEMS = 200, 20


def row_at_rest(env: Environment, job_id: str) -> JobRow | None:
    return found if is_at_rest(found := row(env, job_id)) else None


@pytest.mark.full
def test_two_hundred_jobs_submitted_together_all_succeed(env: Environment):
    items = [{"id": str(number), "data_type": "probe", "quiet": True} for number in range(ITEMS)]
    bucket, key = env.deployment.bucket, "inputs/many.json"
    env.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(items).encode())
    ids = [f"many-{number}" for number in range(JOBS)]
    send = partial(submit, env, f"s3://{bucket}/{key}", terms=Terms())
    send(job_id=ids[0])  # boto3 makes the first clients of a session in one thread alone
    with ThreadPoolExecutor(8) as pool:
        assert all(done.started for done in pool.map(lambda job_id: send(job_id=job_id), ids[1:]))
    for job_id in ids:
        ended = eventually(partial(row_at_rest, env, job_id))
        assert (ended["state"], ended["succeeded"], ended["submitted_by"]) == ("SUCCEEDED", ITEMS, user()), ended
