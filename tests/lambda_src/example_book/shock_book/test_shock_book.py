import json

import boto3
import pytest
from moto import mock_aws

from derivatives.black_scholes import price
from derivatives.positions import Option
from rollcall.calculations import Job
from shock_book.calculation import shock_book
from value_american.calculation import value_american

TERMS = {"spot": 100, "strike": 95, "expiry_years": 1, "volatility": 0.25, "rate": 0.03, "dividend_yield": 0.02}
SHARE = {"id": "a", "data_type": "equity", "quantity": 50, "spot": 20}
CALL = {"id": "b", "data_type": "option.european", "quantity": -10, "kind": "call", **TERMS}
PUT = {"id": "c", "data_type": "option.american", "quantity": 7, "kind": "put", **TERMS}
CRASH = {"id": "d", "data_type": "scenario", "equity_shock": -0.2, "volatility_shock": 0.1, "rate_shock": -0.01}


@pytest.fixture
def job_of(tmp_path):
    def write(*items):
        path = tmp_path / "book.jsonl"
        path.write_text("".join(json.dumps(item) + "\n" for item in items))
        return Job(tmp_path.name, str(path))

    return write


def test_the_shock_of_a_share_is_its_fall(job_of):
    result = shock_book(CRASH, job_of(SHARE, CRASH))
    assert result == {"base_value": 1000, "shocked_value": 800, "pnl": -200, "positions": 1, "left_out": 0}


def test_a_european_option_is_repriced_under_every_shock(job_of):
    before, after = Option(1, 100, 95, 1, 0.25, 0.03, 0.02), Option(1, 80, 95, 1, 0.35, 0.02, 0.02)
    assert shock_book(CRASH, job_of(CALL))["pnl"] == pytest.approx(-10 * (price(after) - price(before)))


def test_an_american_option_is_repriced_nearly_as_it_is_valued(job_of):
    shocked = PUT | {"spot": 80, "volatility": 0.35, "rate": 0.02}
    result = shock_book(CRASH, job_of(PUT))
    assert result["base_value"] == pytest.approx(value_american(PUT)["value"], rel=0.005)
    assert result["shocked_value"] == pytest.approx(value_american(shocked)["value"], rel=0.005)


def test_a_zero_shock_gives_neither_profit_nor_loss(job_of):
    assert shock_book({"equity_shock": 0}, job_of(SHARE, CALL, PUT, CRASH))["pnl"] == 0


def test_data_types_below_a_known_one_are_positions_too(job_of):
    job = job_of(SHARE | {"data_type": "equity.us"}, CRASH | {"data_type": "scenario.tail"})
    assert shock_book(CRASH, job)["positions"] == 1


def test_what_cannot_be_repriced_is_left_out_and_counted(job_of):
    strangers = CALL | {"id": "x", "spot": -1}, SHARE | {"id": "y", "data_type": "equities"}
    result = shock_book(CRASH, job_of(SHARE, *strangers, CRASH))
    assert (result["positions"], result["left_out"], result["pnl"]) == (1, 2, -200)


def test_the_book_is_read_once_for_all_scenarios_of_a_job(job_of, tmp_path):
    job = job_of(SHARE)
    first = shock_book(CRASH, job)
    (tmp_path / "book.jsonl").unlink()
    assert shock_book(CRASH, job) == first


def test_a_later_job_reads_the_same_file_anew(job_of):
    shock_book(CRASH, job_of(SHARE))
    tomorrow = Job("tomorrow", job_of(SHARE | {"spot": 40}).input)
    assert shock_book(CRASH, tomorrow)["base_value"] == 2000


def test_a_book_in_s3_is_read_as_csv_with_empty_cells_absent(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="books", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        rows = b"id,data_type,quantity,spot,equity_shock\na,equity,50,20,\nd,scenario,,,-0.2\n"
        s3.put_object(Bucket="books", Key="today.csv", Body=rows)
        result = shock_book(CRASH, Job("in-s3", "s3://books/today.csv"))
    assert (result["pnl"], result["left_out"]) == (-200, 0)


def test_a_job_without_a_file_is_refused_naming_the_cure():
    with pytest.raises(ValueError, match="no book to reprice: submit them as a file"):
        shock_book(CRASH, Job("inline", ""))
