"""What users hand in, good and bad, and what they get for it."""

import bz2
import gzip
import json

import pyarrow
import pytest
from backports import zstd
from pyarrow import parquet

from rollcall_client.executions import execution, execution_arn, history, releases, start

EQUITY = {"data_type": "equity", "underlying": "X", "quantity": 2, "spot": 10}


def items(count: int, **changes) -> list[dict]:
    return [{"id": f"i{n}", **EQUITY, **changes} for n in range(count)]


@pytest.fixture
def book(tmp_path):
    def write(content, name: str = "book.jsonl") -> str:
        text = content if isinstance(content, str) else "".join(json.dumps(item) + "\n" for item in content)
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


@pytest.mark.full
def test_a_file_in_s3_and_items_inline_give_what_a_local_file_gives(cloud, env, book):
    local = cloud.rollcall("submit", book(items(30)), "--wait", "--json").json
    key = "inputs/by-hand/book.jsonl"
    env.client("s3").upload_file(book(items(30)), env.deployment.bucket, key)
    in_s3 = cloud.rollcall("submit", f"s3://{env.deployment.bucket}/{key}", "--wait", "--json").json
    start(env, "inline-items", {"input": {"items": items(30)}})
    inline = cloud.rollcall("watch", "inline-items", "--json").json
    assert [j["state"] for j in (local, in_s3, inline)] == ["SUCCEEDED"] * 3
    assert len({json.dumps(results_of(cloud, j["job_id"])) for j in (local, in_s3, inline)}) == 1


@pytest.mark.full
def test_files_of_every_kind_are_one_job_and_need_not_be_rewritten(cloud, tmp_path):
    header, rows = ["account_no", "underlying", "quantity", "price"], [[str(n), "X", "2", "10.5"] for n in range(8)]
    last = pyarrow.table(dict(zip(header, [[*range(16, 20)], ["X"] * 4, [2] * 4, [10.5] * 4], strict=True)))
    parquet.write_table(last, tmp_path / "e.parquet")
    lines = [json.dumps(dict(zip(header, [n, "X", 2, 10.5], strict=True))) + "\n" for n in range(8, 16)]
    files = {
        "a.tsv": "\n".join("\t".join(row) for row in [header, *rows[:4]]).encode(),
        "b.csv.gz": b"".join(gzip.compress(f"{','.join(row)}\n".encode()) for row in [header, *rows[4:]]),
        "c.jsonl.bz2": bz2.compress("".join(lines[:4]).encode()),
        "d.jsonl.zst": zstd.compress("".join(lines[4:]).encode()),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    said = ["--id-from", "account_no", "--data-type", "equity", "--map", "spot=price"]
    names = [str(tmp_path / name) for name in (*files, "e.parquet")]
    done = cloud.rollcall("submit", *names, *said, "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"]) == ("SUCCEEDED", 20)
    results = {line["id"]: line["result"]["value"] for line in results_of(cloud, done.json["job_id"])}
    assert results == {str(n): 21.0 for n in range(20)}


@pytest.mark.full
def test_each_object_below_a_prefix_is_an_item_and_its_key_tells_the_data_type(cloud, env):
    keys = [f"inputs/scans/{data_type}/{n}.png" for data_type in ("probe", "fx") for n in range(6)]
    for key in keys:
        env.client("s3").put_object(Bucket=env.deployment.bucket, Key=key, Body=b"x")
    prefix, rule = f"s3://{env.deployment.bucket}/inputs/scans/", "--data-type-from-key=scans/([^/]+)/"
    done = cloud.rollcall("submit", prefix, rule, "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("PARTIAL", 6, 6)
    assert {line["id"] for line in results_of(cloud, done.json["job_id"])} == set(keys)


@pytest.mark.full
def test_a_job_type_says_how_its_inputs_are_read(cloud, env):
    """`readings` of these tests' tfvars finds the data type in the key."""
    key = "inputs/by-type/probe/1.png"
    env.client("s3").put_object(Bucket=env.deployment.bucket, Key=key, Body=b"")
    prefix = f"s3://{env.deployment.bucket}/inputs/by-type/"
    done = cloud.rollcall("submit", prefix, "--type", "valuation", "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"]) == ("SUCCEEDED", 1)
    request = {"input": {"uri": prefix}, "job_type": "valuation"}
    start(env, "by-request", request)
    assert cloud.rollcall("watch", "by-request", "--json").json["succeeded"] == 1


def test_each_object_that_an_inventory_lists_is_an_item(cloud, env):
    bucket, rows = env.deployment.bucket, "".join(f'"photos","shots/{n}.png","{n}"\n' for n in range(6))
    manifest = {
        **{"sourceBucket": "photos", "destinationBucket": f"arn:aws:s3:::{bucket}", "fileFormat": "CSV"},
        **{"fileSchema": "Bucket, Key, Size", "files": [{"key": "inputs/inventory/1.csv.gz"}]},
    }
    objects = {"1.csv.gz": gzip.compress(rows.encode()), "manifest.json": json.dumps(manifest).encode()}
    for name, body in objects.items():
        env.client("s3").put_object(Bucket=bucket, Key=f"inputs/inventory/{name}", Body=body)
    said = ["--format", "inventory", "--data-type", "probe"]
    done = cloud.rollcall("submit", f"s3://{bucket}/inputs/inventory/manifest.json", *said, "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"]) == ("SUCCEEDED", 6)


def test_each_object_below_a_prefix_is_a_file_of_items(cloud, env):
    lines = [json.dumps(item) + "\n" for item in items(8)]
    for name, body in (("_SUCCESS", b""), ("a.jsonl", lines[:4]), ("b/c.jsonl.gz", lines[4:])):
        body = "".join(body).encode() if body else b""
        body = gzip.compress(body) if name.endswith("gz") else body
        env.client("s3").put_object(Bucket=env.deployment.bucket, Key=f"inputs/drop/{name}", Body=body)
    prefix = f"s3://{env.deployment.bucket}/inputs/drop/"
    done = cloud.rollcall("submit", prefix, "--load", "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"]) == ("SUCCEEDED", 8)


@pytest.mark.full
def test_a_calculation_that_reads_the_whole_input_finds_it_in_several_files_as_they_are_mapped(cloud, book):
    shock = {"id": "s", "data_type": "scenario", "equity_shock": 0.1}
    plain = cloud.rollcall("submit", book([*items(3), shock], "plain.jsonl"), "--wait", "--json").json
    lines = [{"nr": item["id"], **{name: value for name, value in item.items() if name != "id"}} for item in items(3)]
    files = [
        book(lines, "mapped.jsonl"),
        book([{"nr": "s", **{k: v for k, v in shock.items() if k != "id"}}], "s.jsonl"),
    ]
    mapped = cloud.rollcall("submit", *files, "--id-from", "nr", "--wait", "--json").json
    assert (plain["state"], mapped["state"]) == ("SUCCEEDED", "SUCCEEDED")
    (one, other) = (
        next(line for line in results_of(cloud, job["job_id"]) if line["id"] == "s")["result"]
        for job in (plain, mapped)
    )
    assert one == other and one["positions"] == 3


@pytest.mark.full
def test_a_job_in_s3_whose_values_cannot_be_kept_is_refused_with_line_and_cure(cloud, env):
    body = b'{"id": "a", "data_type": "equity"}\n{"id": "b", "data_type": "equity", "spot": 1e400}\n'
    for name, content, words in (
        ("inf.jsonl", body, "inf.jsonl line 2: the number 1e400 is beyond what a double holds"),
        ("half.jsonl.gz", gzip.compress(body)[:-9], "half.jsonl.gz after line 2: not a whole gzip file"),
        ("plain.jsonl.gz", body, "plain.jsonl.gz: not a whole gzip file (it begins with"),
    ):
        env.client("s3").put_object(Bucket=env.deployment.bucket, Key=f"inputs/bad/{name}", Body=content)
        done = cloud.rollcall("submit", f"s3://{env.deployment.bucket}/inputs/bad/{name}", "--wait", "--json")
        assert (done.code, done.json["state"]) == (5, "REFUSED")
        assert any(words in problem for problem in done.json["problems"])


def results_of(cloud, job_id: str) -> list[dict]:
    lines = map(json.loads, cloud.rollcall("results", job_id).out.splitlines())
    return sorted(lines, key=lambda line: line["id"])


@pytest.mark.full
def test_items_are_what_their_calculation_declares(cloud, env, book):
    table = "id,data_type,seconds,fail\na,probe,0.10,\nb,probe,0,007\n"
    done = cloud.rollcall("submit", book(table, "probes.csv"), "--wait", "--json")
    assert (done.json["succeeded"], done.json["failed"]) == (1, 1)
    bad = book([{"id": "a", "data_type": "probe", "seconds": "soon"}], "bad.jsonl")
    words = "line 1: item 'a' is no 'probe': seconds must be number, and is 'soon'; see rollcall schema probe"
    for command in ("check", "submit"):
        refused = cloud.rollcall(command, bad)
        assert refused.code == 5 and words in refused.err
    env.client("s3").upload_file(bad, env.deployment.bucket, "inputs/declared/bad.jsonl")
    done = cloud.rollcall("submit", f"s3://{env.deployment.bucket}/inputs/declared/bad.jsonl", "--wait", "--json")
    assert done.json["state"] == "REFUSED" and words in done.json["problems"][0]
    assert cloud.rollcall("schema", "probe.single").json["properties"]["seconds"] == {"type": "number"}
    assert "declares nothing of its items; schemas: probe" in cloud.rollcall("schema", "equity").err


def test_a_request_file_names_its_own_job(cloud, book):
    request = {"requestId": "request-7", "requests": [{"caseId": "a", "dataType": "equity", "quantity": 1, "spot": 5}]}
    done = cloud.rollcall("submit", book(json.dumps(request), "request.json"), "--wait", "--json")
    assert (done.json["job_id"], done.json["state"]) == ("request-7", "SUCCEEDED")


def test_the_same_job_id_twice_is_the_same_job(cloud, env, book):
    first = cloud.rollcall("submit", book(items(3)), "--id", "twice", "--wait")
    again = cloud.rollcall("submit", book(items(9)), "--id", "twice", "--wait", "--json")
    assert (first.code, again.code) == (0, 0)
    assert "it is the same job, nothing was started again" in again.err
    assert again.json["items"] == 3


def test_an_empty_input_succeeds_at_once_with_no_items_and_one_release(cloud, env, book):
    done = cloud.rollcall("submit", book(""), "--type", "valuation", "--wait", "--json")
    assert (done.code, done.json["state"], done.json["items"]) == (0, "SUCCEEDED", 0)
    assert releases(history(env, done.json["job_id"])) == 1


def test_items_without_a_route_fail_with_that_reason_and_the_job_ends_partial(cloud, book):
    content = items(5) + [{"id": "fx1", "data_type": "fx.spot"}]
    done = cloud.rollcall("submit", book(content), "--wait", "--json")
    assert (done.code, done.json["state"], done.json["succeeded"], done.json["failed"]) == (3, "PARTIAL", 5, 1)
    (failure,) = map(json.loads, cloud.rollcall("results", done.json["job_id"], "--failed").out.splitlines())
    assert failure["id"] == "fx1"
    assert "no route for data type 'fx.spot': add it to routes in terraform/environments/local.tfvars" in str(failure)


def test_strict_refuses_items_without_a_route_before_anything_is_started(cloud, env, book):
    done = cloud.rollcall("submit", book([{"id": "a", "data_type": "fx"}]), "--strict", "--id", "strict")
    assert done.code == 5
    assert "no route for data type 'fx'" in done.err and "there are routes for equity" in done.err
    assert execution(env, "strict") is None


def test_a_calculation_that_raises_fails_its_item_alone(cloud, book):
    content = items(4) + [{"id": "bad", "data_type": "equity", "quantity": 1, "spot": -5}]
    done = cloud.rollcall("submit", book(content), "--wait", "--json")
    assert (done.code, done.json["succeeded"], done.json["failed"]) == (3, 4, 1)
    assert f"see what failed: rollcall failures {done.json['job_id']}" in done.err
    (failure,) = cloud.rollcall("failures", done.json["job_id"], "--json").json
    assert (failure["data_type"], failure["count"], failure["samples"]) == ("equity", 1, ["bad"])


def test_a_job_none_of_whose_items_succeeded_fails_and_releases_nothing(cloud, env, book):
    done = cloud.rollcall("submit", book(items(3, spot=-1)), "--type", "valuation", "--wait", "--json")
    assert (done.code, done.json["state"], done.json["failed"]) == (4, "FAILED", 3)
    assert releases(history(env, done.json["job_id"])) == 0
    assert execution(env, done.json["job_id"])["status"] == "FAILED"


@pytest.mark.full
def test_a_job_whose_execution_was_stopped_from_outside_has_failed(cloud, env, book):
    slow = {"id": "slow", "data_type": "probe", "seconds": 30}
    submitted = cloud.rollcall("submit", book([*items(20), slow]), "--id", "stopped")
    assert submitted.code == 0
    arn = execution_arn(env, "stopped")
    env.client("stepfunctions").stop_execution(executionArn=arn, error="Stopped", cause="by an operator")
    done = cloud.rollcall("watch", "stopped", "--json")
    assert (done.code, done.json["state"]) == (4, "FAILED")
    assert done.json["error"] == "its execution was stopped: Stopped: by an operator"


def test_a_bad_local_file_is_refused_with_its_problems_before_anything_is_started(cloud, env, book):
    content = (
        '{"id": "a", "data_type": "equity"}\n{"id": \n{"data_type": "equity"}\n{"id": "a", "data_type": "equity"}\n'
    )
    done = cloud.rollcall("submit", book(content), "--id", "refused-here")
    assert done.code == 5
    for words in (
        "3 to correct",
        "book.jsonl line 2: not valid JSON",
        'line 3: no usable "id"',
        "line 4: id 'a' stands",
    ):
        assert words in done.err
    assert execution(env, "refused-here") is None


def test_a_bad_object_in_s3_is_refused_with_its_problems_and_nothing_is_dispatched(cloud, env):
    body = b'{"id": "a", "data_type": "equity"}\nnonsense\n'
    env.client("s3").put_object(Bucket=env.deployment.bucket, Key="inputs/bad/bad.jsonl", Body=body)
    done = cloud.rollcall("submit", f"s3://{env.deployment.bucket}/inputs/bad/bad.jsonl", "--wait", "--json")
    assert (done.code, done.json["state"]) == (5, "REFUSED")
    assert "bad.jsonl line 2: not valid JSON" in done.json["problems"][0]
    found = env.client("s3").list_objects_v2(Bucket=env.deployment.bucket, Prefix=f"jobs/{done.json['job_id']}/")
    assert found["KeyCount"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["status", "nobody"], "there is no job 'nobody' in environment 'local'"),
        (["watch", "nobody"], "there is no job 'nobody'"),
        (["results", "nobody"], "there is no job 'nobody'"),
        (
            ["routes", "--env", "moon"],
            "there is no environment 'moon'; terraform/environments has dev, local, prod, staging",
        ),
        (["submit", "missing.csv"], "missing.csv: no such file; name a .jsonl, .csv or .json file"),
        (
            ["submit", "README.md", "--type", "other"],
            "no next step for job type 'other'; next_steps in tfvars has",
        ),
        (["submit", "README.md", "--id", "a b"], "'a b' cannot be a job id; use up to 72 letters, digits, - and _"),
    ],
)
def test_what_cannot_be_done_gets_one_clear_sentence(cloud, arguments, words):
    done = cloud.rollcall(*arguments)
    assert done.code == 1
    assert words in done.err
    assert "Traceback" not in done.err and done.out == ""


def test_a_cloud_that_is_not_up_is_told_with_its_cure(cloud, tmp_path):
    done = cloud.rollcall("routes", ROLLCALL_CLOUD_DIR=str(tmp_path), ROLLCALL_CLOUD_PORT="1")
    assert (done.code, done.err.strip()) == (1, "environment 'local' does not answer; start it with: make up")


def test_an_aws_environment_without_credentials_says_so(cloud):
    nowhere = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    done = cloud.rollcall("routes", "--env", "dev", **nowhere)
    assert done.code == 1
    assert "environment 'dev' needs AWS credentials; set AWS_PROFILE" in done.err


def test_routes_tells_what_is_routed_where(cloud):
    deployed = cloud.rollcall("routes", "--json").json
    targets = {data_type: route["target"] for data_type, route in deployed.items()}
    assert {data_type: target for data_type, target in targets.items() if "probe" not in data_type} == {
        "*": "lambda",
        "equity": "lambda",
        "option.american": "fargate",
        "option.european": "lambda",
        "scenario": "batch",
        "published": "lambda",
    }
