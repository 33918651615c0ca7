"""The published data sets run as they are, in each of their shapes and through every engine."""

import json
import re

import pytest
from tests.end_to_end.commands import eventually
from tests.end_to_end.looking import logged, row

from generate_published import SIZES, data_set
from rollcall.engines import Engine
from rollcall.records import results
from rollcall_client import executions
from rollcall_client.job_status import is_at_rest

AT_ONCE = pytest.mark.xdist_group("engines")


@pytest.fixture
def submit(cloud):
    """Submits a data set under an id of its own, for all of them have the same one."""

    def submit(job_id: str, shape: str, size: int, *options: str):
        path = cloud.folder / f"{job_id}.json"
        path.write_text(data_set(shape, size))
        return cloud.rollcall("submit", str(path), "--id", job_id, *options)

    return submit


def answers(env, job_id: str) -> dict[str, tuple]:
    lines = results.read_results(env.client("s3"), env.deployment.bucket, job_id)
    return {line["id"]: (line["ok"], line.get("result")) for line in lines}


def test_a_request_is_taken_whatever_its_length_says_which_is_told_on_the_screen_and_in_the_timeline(cloud, env):
    path, words = cloud.folder / "said.json", "length: '7' is said, and 2 were read; what was read counts"
    path.write_text(json.dumps({"requestId": "said-7", "requests": [{"caseId": "0"}, {"caseId": "1"}], "length": "7"}))
    done = cloud.rollcall("submit", str(path), "--data-type", "probe", "--wait")
    assert done.code == 0 and words in done.err
    assert answers(env, "said-7").keys() == {"0", "1"}
    (told,) = [event["told"] for event in row(env, "said-7")["timeline"] if event["what"] == "partitioned"]
    assert words in told


@pytest.mark.full
@AT_ONCE
def test_the_published_demo_sleeps_five_seconds_and_its_summary_prints(submit, env):
    done = submit("123456", "flat", 5, "--type", "published", "--wait", "--json")
    assert (done.code, done.json["state"], done.json["summary"]) == (0, "SUCCEEDED", {})
    cases = {str(n): (True, {"caseId": str(n), "state": "processed in 5 seconds"}) for n in range(5)}
    assert answers(env, "123456") == cases
    assert executions.releases(executions.history(env, "123456")) == 1
    said = re.compile("Summary .*'job_id': '123456'")
    eventually(lambda: any(map(said.match, logged(env, "123456", "-next-published"))))


@pytest.mark.full
@AT_ONCE
@pytest.mark.parametrize(
    ("shape", "engine"),
    [
        *(("flat", engine) for engine in Engine),
        ("slots_of_40", Engine.EVENTS),
        ("slots_of_40", Engine.MAP_IN_MAP),
        ("three_slots", Engine.EVENTS),
        ("three_slots", Engine.MAP_IN_PARALLEL),
    ],
)
def test_the_ten_data_sets_end_the_same_through_every_engine_and_in_every_shape(submit, env, shape, engine):
    """With a calculation that takes no time: of five seconds each, 2,576 items take eleven minutes with 20 at once."""
    jobs = {f"{engine}-{shape}-{size}": size for size in SIZES}
    for job_id, size in jobs.items():
        assert submit(job_id, shape, size, "--data-type", "probe", "--engine", engine).code == 0
    for job_id, size in jobs.items():
        ended = eventually(lambda job_id=job_id: is_at_rest(row(env, job_id)) and row(env, job_id))
        assert (ended["state"], ended["succeeded"], ended["failed"]) == ("SUCCEEDED", size, 0)
        assert {name: ok for name, (ok, _) in answers(env, job_id).items()} == {str(n): True for n in range(size)}
        assert "told" not in ended["timeline"][1]
