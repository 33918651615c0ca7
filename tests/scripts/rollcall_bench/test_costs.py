"""Counts become kinds, kinds become dollars, by AWS's own prices."""

from collections import Counter

import pytest

from rollcall_bench import counting, prices

COUNTS = {
    "states:StateTransition": 4_000,
    "states:StandardExecution": 1_001,
    "states:StartExecution": 1,
    "events:Event": 2_000,
    "events:PutEvents": 1_000,
    "dynamodb:UpdateItem": 1_000,
    "dynamodb:WriteUnit": 1_000,
    "lambda:Invocation": 3_000,
    "lambda:MegabyteMilliseconds": 3_000 * 1024 * 100,
    "worker:Invocation": 1_000,
    "worker:MegabyteMilliseconds": 1_000 * 1024 * 100,
}


def test_a_difference_is_what_was_called_in_between_by_others():
    before = Counter({"sqs:SendMessage": 5, "s3:GetObject": 7, "states:DescribeExecution": 1})
    after = Counter({"sqs:SendMessage": 9, "s3:GetObject": 7, "states:DescribeExecution": 50, "s3:PutObject": 1})
    assert counting.difference(before, after) == {"s3:PutObject": 1, "sqs:SendMessage": 4}


def test_kinds_count_what_is_billed_and_not_the_calls_around_it():
    kinds = counting.by_kind({**COUNTS, "sqs:ReceiveMessage": 3, "sqs:DeleteMessageBatch": 2, "s3:ListObjects": 1})
    assert (kinds["state_transitions"], kinds["executions"], kinds["events"]) == (4_000, 1_001, 2_000)
    assert (kinds["invocations"], kinds["dynamodb_writes"], kinds["sqs_requests"]) == (3_000, 1_000, 5)
    assert (kinds["s3_puts"], kinds["s3_gets"]) == (1, 0)


def test_the_recommended_pattern_costs_what_its_structure_says():
    """Four transitions and two events an item, of which it alone is $102 a million."""
    costs = prices.per_million(prices.orchestration(COUNTS, prices.read()), 1_000)
    assert costs["step_functions"] == pytest.approx(100) and costs["eventbridge"] == pytest.approx(2)
    assert costs["dynamodb"] == pytest.approx(0.625) and costs["sqs"] == 0


@pytest.mark.parametrize(("counted", "line"), [("worker", "workers"), ("merge", "merging")])
def test_workers_and_merging_are_no_part_of_orchestration(counted, line):
    counts = {name.replace("worker", counted): number for name, number in COUNTS.items()}
    between, items = prices.orchestration(counts, prices.read())["lambda"], prices.rest(counts, prices.read())[line]
    assert items == pytest.approx(1_000 * 0.2e-6 + 100 * 1.33334e-5)
    assert between == pytest.approx(2 * items)


def test_an_express_child_of_a_second_costs_what_the_price_list_says():
    """A transition of the parent, a request, and a second of 64 MB: $27.04 a million."""
    child = {"states:StateTransition": 1, "states:ExpressExecution": 1, "states:ExpressMilliseconds": 1000}
    costs = prices.per_million(prices.orchestration(child, prices.read()), 1)
    assert costs["step_functions"] == pytest.approx(27.04, abs=0.01)


def test_requests_to_s3_stand_apart():
    stored = prices.rest({"s3:PutObject": 1_000_000, "s3:GetObject": 1_000_000}, prices.read())
    assert stored["storage"] == pytest.approx(5.4)
