import json
from random import Random

import boto3
import pytest
from moto import mock_aws

from summarise_book.handler import handler

PRODUCTS = "s3://rollcall/jobs/night/runs/1/results/manifest.json"
EVENT = {"job_id": "night", "job_type": "valuation", "status": "PARTIAL", "items": 9, "succeeded": 7, "failed": 1}
CALL = {"value": -7.5, "delta": 2, "gamma": 1, "vega": 3, "theta": -1, "rho": 4}


@pytest.fixture
def bucket(monkeypatch):
    for name, setting in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "ROLLCALL_BUCKET": "rollcall",
    }.items():
        monkeypatch.setenv(name, setting)
    with mock_aws():
        made = boto3.resource("s3").Bucket("rollcall")
        made.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield made


def success(identifier, data_type, **result):
    return {"id": identifier, "data_type": data_type, "ok": True, "result": result}


def failure(identifier, data_type):
    error = {"type": "ValueError", "message": "spot is missing"}
    return {"id": identifier, "data_type": data_type, "ok": False, "error": error}


def put_chunk(bucket, run, chunk, lines):
    body = "".join(json.dumps(line) + "\n" for line in lines)
    bucket.put_object(Key=f"jobs/night/results/{run}/{chunk % 16:x}/{chunk:08d}.jsonl", Body=body.encode())


def summarise_night(**event):
    return handler(EVENT | {"results": "s3://rollcall/jobs/night/results/", "products": PRODUCTS} | event, None)


def test_a_night_is_summed_up_from_all_its_result_files(bucket):
    put_chunk(bucket, 1, 0, [success("a", "equity", value=100, delta=10), failure("b", "equity")])
    put_chunk(bucket, 1, 1, [success("c", "option.european", **CALL)])
    put_chunk(bucket, 1, 2, [success(f"s{n}", "scenario", base_value=92.5, pnl=10 - 10 * n) for n in range(5)])
    assert summarise_night() == {
        "job_id": "night",
        "items": 9,
        "succeeded": 7,
        "failed": 1,
        "unanswered": 1,
        "products": PRODUCTS,
        "total_value": 92.5,
        "scenarios": 5,
        "value_at_risk_95": 30,
        "value_at_risk_99": 30,
        "expected_shortfall_95": 30,
        "expected_shortfall_99": 30,
        "worst_scenario": "s4",
        "worst_scenario_pnl": -30,
        "by_data_type": {
            "equity": {"succeeded": 1, "failed": 1, "value": 100, "delta": 10},
            "option.european": {"succeeded": 1, "failed": 0} | CALL,
            "scenario": {"succeeded": 5, "failed": 0},
        },
    }


def test_the_summary_is_kept_beside_the_job(bucket):
    put_chunk(bucket, 1, 0, [success("a", "equity", value=100, delta=10)])
    summary = summarise_night()
    assert json.load(bucket.Object("jobs/night/summary.json").get()["Body"]) == summary


def test_an_item_of_several_runs_counts_with_its_last_answer(bucket):
    put_chunk(bucket, 1, 0, [failure("a", "equity"), success("b", "equity", value=1)])
    put_chunk(bucket, 2, 0, [success("a", "equity", value=5), failure("c", "equity")])
    put_chunk(bucket, 10, 0, [success("c", "equity", value=20)])
    summary = summarise_night(items=3)
    assert (summary["succeeded"], summary["failed"], summary["total_value"]) == (3, 0, 26)


def test_totals_do_not_depend_on_how_items_were_spread_over_files(bucket):
    random = Random(5)
    lines = [success(f"i{n}", "equity", value=random.uniform(-1, 1) * 10 ** random.randint(0, 12)) for n in range(60)]
    totals = set()
    for files in (1, 2, 7):
        bucket.objects.delete()
        random.shuffle(lines)
        for chunk in range(files):
            put_chunk(bucket, 1, chunk, lines[chunk::files])
        totals.add(summarise_night(items=60)["total_value"])
    assert len(totals) == 1


@pytest.mark.usefixtures("bucket")
def test_a_job_without_results_has_no_risk_figures():
    summary = summarise_night(items=0)
    assert (summary["items"], summary["unanswered"], summary["total_value"], summary["by_data_type"]) == (0, 0, 0, {})
    assert summary["value_at_risk_95"] is None
