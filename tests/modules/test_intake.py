"""What the partition function goes by lies in the bucket: schemas of items, readings of job types."""

import json

import pytest
from tests.modules.conftest import Application

from rollcall_client.environment import ROOT

READING = {"id": "nr", "rename": {"spot": "price"}, "text": ["isin"], "load": True}


def applications() -> dict[str, Application]:
    variables = {
        "environment": "dev",
        "schemas_folder": str(ROOT / "build" / "schemas"),
        "job_types": ["valuation"],
        "readings": {"valuation": READING},
        "bucket": {"name": "books"},
    }
    return {"intake": Application("intake", variables)}


@pytest.fixture(scope="module")
def intake(applied):
    return applied("intake")


def test_each_schema_and_each_reading_is_an_object(intake):
    schema = intake.resources['aws_s3_object.schema["probe.json"]']
    reading = intake.resources['aws_s3_object.reading["valuation"]']
    assert (schema["bucket"], schema["key"], reading["key"]) == (
        "books",
        "schemas/probe.json",
        "readings/valuation.json",
    )
    assert json.loads(reading["content"]) == READING
