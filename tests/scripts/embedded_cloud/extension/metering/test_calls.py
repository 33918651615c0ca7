"""Every API call is counted by service and action."""

import json
import urllib.request

import pytest


@pytest.fixture
def counts(cloud):
    def read() -> dict[str, int]:
        with urllib.request.urlopen(f"{cloud.settings.url}/_rollcall/calls") as answer:
            return json.load(answer)

    return read


def test_calls_are_counted_by_what_they_do(cloud, counts):
    before = counts()
    for _ in range(3):
        cloud.client("sqs").list_queues()
    cloud.client("dynamodb").list_tables()
    after = counts()
    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert grown["sqs:ListQueues"] == 3 and grown["dynamodb:ListTables"] == 1
