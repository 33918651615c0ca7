"""Every delivery that nobody waits for is tried again, and what cannot be delivered has a queue to go to.

Read from the plan of each environment: a delivery that is added later is walked too.
"""

import re
from collections.abc import Iterator

import pytest
from tests.terraform.running import ROOT
from tests.terraform.test_environments import of_type

# Called by the state machine or for a queue, which wait for their answer and try again themselves.
WAITED_FOR = re.compile(r"rollcall-[a-z0-9]+-(partition-job|arm-barrier|record-answers|track-settlements|next-.+)")


def lacking(plan: dict[str, dict]) -> list[str]:
    """The deliveries of a plan without retries or without dead letters, each with what it lacks.

    Which queue it is a plan from an empty state does not know: the queue is yet to be made.
    """
    found = [*of_rules(plan), *of_schedules(plan), *of_queues(plan), *of_functions(plan), *of_topics(plan)]
    return [f"{address}: no {what}" for address, what, there in found if not there]


def of_rules(plan: dict[str, dict]) -> Iterator[tuple[str, str, object]]:
    for address, target in of_type(plan, "aws_cloudwatch_event_target").items():
        yield from tried_and_kept(address, target)


def of_schedules(plan: dict[str, dict]) -> Iterator[tuple[str, str, object]]:
    for address, schedule in of_type(plan, "aws_scheduler_schedule").items():
        yield from tried_and_kept(address, schedule["target"][0])


def tried_and_kept(address: str, target: dict) -> Iterator[tuple[str, str, object]]:
    yield address, "retries", any(policy["maximum_retry_attempts"] for policy in target.get("retry_policy") or [])
    yield address, "dead-letter queue", target.get("dead_letter_config")


def of_queues(plan: dict[str, dict]) -> Iterator[tuple[str, str, object]]:
    """A queue tries again by itself; a message of a dead-letter queue comes back for as long as any is kept.

    Whether a queue has one the plan does not say (it is as unknown where there is none), but its block does, below.
    """
    for address, queue in of_type(plan, "aws_sqs_queue").items():
        if queue["name"].endswith("-dlq"):
            yield address, "two weeks to be read in", queue["message_retention_seconds"] == 14 * 24 * 3600
    for address, mapping in of_type(plan, "aws_lambda_event_source_mapping").items():
        single = "ReportBatchItemFailures" in (mapping["function_response_types"] or [])
        yield address, "single messages that come again", single


def of_functions(plan: dict[str, dict]) -> Iterator[tuple[str, str, object]]:
    """How often is each function's own choice: a sweep that failed is followed by the next."""
    configs = of_type(plan, "aws_lambda_function_event_invoke_config").values()
    told = {config["function_name"]: config for config in configs}
    for address, function in of_type(plan, "aws_lambda_function").items():
        if not WAITED_FOR.fullmatch(function["function_name"]):
            config = told.get(function["function_name"], {})
            yield address, "number of retries", config.get("maximum_retry_attempts") is not None
            yield address, "dead-letter queue", [d for d in config.get("destination_config", []) if d["on_failure"]]


def of_topics(plan: dict[str, dict]) -> Iterator[tuple[str, str, object]]:
    """SNS tries on by itself."""
    for address, subscription in of_type(plan, "aws_sns_topic_subscription").items():
        yield address, "dead-letter queue", subscription.get("redrive_policy", "not known yet")


def test_every_delivery_has_retries_and_a_dead_letter_queue(plan):
    assert lacking(plan) == []


def test_a_queue_has_a_dead_letter_queue_or_is_one():
    blocks = [
        block
        for file in (ROOT / "modules").rglob("*.tf")
        for block in re.findall(r'(?ms)^resource "aws_sqs_queue" .*?^\}', file.read_text())
    ]
    assert len(blocks) == 6
    assert all(("redrive_policy" in block) != ("-dlq" in block.splitlines()[1]) for block in blocks)


def test_who_is_waited_for_is_called_by_no_rule(plan):
    called = {each["function_name"] for each in of_type(plan, "aws_lambda_permission").values()}
    assert called and not [name for name in called if WAITED_FOR.fullmatch(name)]


TARGET = {"retry_policy": [{"maximum_retry_attempts": 3}], "dead_letter_config": [{}]}
NEVER = {"retry_policy": [{"maximum_retry_attempts": 0}], "dead_letter_config": []}
FUNCTION = {"function_name": "rollcall-dev-told"}
CONFIG = {**FUNCTION, "maximum_retry_attempts": 0, "destination_config": [{"on_failure": [{}]}]}


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        ({"aws_cloudwatch_event_target.a": TARGET}, []),
        (
            {"aws_cloudwatch_event_target.a": NEVER},
            ["aws_cloudwatch_event_target.a: no retries", "aws_cloudwatch_event_target.a: no dead-letter queue"],
        ),
        (
            {"aws_scheduler_schedule.a": {"target": [{**TARGET, "dead_letter_config": []}]}},
            ["aws_scheduler_schedule.a: no dead-letter queue"],
        ),
        (
            {"aws_sqs_queue.a": {"name": "a-dlq", "message_retention_seconds": 345600}},
            ["aws_sqs_queue.a: no two weeks to be read in"],
        ),
        (
            {"aws_lambda_event_source_mapping.a": {"function_response_types": None}},
            ["aws_lambda_event_source_mapping.a: no single messages that come again"],
        ),
        ({"aws_lambda_function.a": FUNCTION, "aws_lambda_function_event_invoke_config.a": CONFIG}, []),
        (
            {"aws_lambda_function.a": FUNCTION},
            ["aws_lambda_function.a: no number of retries", "aws_lambda_function.a: no dead-letter queue"],
        ),
        (
            {"aws_sns_topic_subscription.a": {"redrive_policy": None}},
            ["aws_sns_topic_subscription.a: no dead-letter queue"],
        ),
    ],
)
def test_a_delivery_without_is_named_with_what_it_lacks(resources, told):
    assert lacking(resources) == told
