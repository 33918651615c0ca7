"""EventBridge's delivery to targets: in the background, with retries and dead letters.

AWS: an event is retried with a growing delay for the target's retry policy, 24 hours and 185
attempts by default; when the target does not exist, or a permission is missing, it goes to the dead-letter queue at
once.
"""

import json
import logging
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ministack.services import cloudwatch, eventbridge

from embedded_cloud.extension.dead_letters import send_dead_letter
from embedded_cloud.extension.eventbridge.targets import DeliveryFailed, deliver
from embedded_cloud.extension.iam.senders import sender
from embedded_cloud.extension.replacing import instead
from embedded_cloud.extension.thread_pool import ThreadPool

logger = logging.getLogger("rollcall.eventbridge")

DEFAULT_ATTEMPTS = 185
DEFAULT_AGE_SECONDS = 24 * 3600
# AWS waits longer; locally nobody wants to.
FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 5.0

deliveries = ThreadPool("delivery", size=4)


@instead(eventbridge, "_events_log_list")
def forget_events() -> list:
    """The emulator would keep every event in memory for ever, and never look at it."""
    return []


@instead(eventbridge, "_invoke_target")
def invoke_target(target: dict, event: dict, rule: dict, view: Any = None) -> None:
    view = view or eventbridge._pattern_event_view(event)
    deliveries.submit(attempt, Delivery(target, event, rule, view))


@dataclass
class Delivery:
    """One event on its way to one target."""

    target: dict
    event: dict
    rule: dict
    view: Any
    retries: int = 0
    since: float = field(default_factory=time.monotonic)

    def body(self) -> str:
        return json.dumps(self.view.event_with_detail())

    def transformed(self) -> str | None:
        """The target's own input as text, or None when it takes the whole event."""
        if transformer := self.target.get("InputTransformer"):
            return eventbridge._apply_input_transformer(transformer, self.rule, self.view)
        if "Input" in self.target:
            return self.target["Input"]
        if path := self.target.get("InputPath"):
            return _at_path(self.view.event_with_detail(), path)
        return None

    def next_delay(self) -> float:
        return min(FIRST_DELAY_SECONDS * 2**self.retries, LONGEST_DELAY_SECONDS)

    def exhausted(self) -> str | None:
        """Which limit of the retry policy leaves no room for one more attempt."""
        policy = self.target.get("RetryPolicy") or {}
        if self.retries >= policy.get("MaximumRetryAttempts", DEFAULT_ATTEMPTS):
            return "MaximumRetryAttempts"
        age = time.monotonic() - self.since + self.next_delay()
        if age > policy.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS):
            return "MaximumEventAgeInSeconds"
        return None


def attempt(delivery: Delivery) -> None:
    try:
        deliver(delivery.target, delivery.event, delivery.rule, delivery.body(), delivery.transformed())
    except DeliveryFailed as failure:
        limit = delivery.exhausted()
        if not failure.retried:
            bury(delivery, failure, None)
        elif limit:
            bury(delivery, failure, limit)
        else:
            delay = delivery.next_delay()
            delivery.retries += 1
            deliveries.submit_after(delay, attempt, delivery)


def bury(delivery: Delivery, failure: DeliveryFailed, limit: str | None) -> None:
    rule, target = delivery.rule.get("Arn", ""), delivery.target.get("Arn", "")
    logger.warning("Rule %s could not reach %s: %s: %s", rule, target, failure.code, failure)
    attributes = {
        "RULE_ARN": rule,
        "TARGET_ARN": target,
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": str(failure),
        "RETRY_ATTEMPTS": delivery.retries,
        **({"EXHAUSTED_RETRY_CONDITION": limit} if limit else {}),
    }
    if letters := (delivery.target.get("DeadLetterConfig") or {}).get("Arn"):
        as_whom = partial(sender, delivery.rule, delivery.target, "sqs:SendMessage")
        if not send_dead_letter(as_whom, letters, delivery.body(), attributes):
            count_lost(delivery.rule)


def count_lost(rule: dict) -> None:
    """AWS: a rule of the default bus is counted by its name alone."""
    bus = rule.get("EventBusName", "default")
    dimensions = {"RuleName": rule.get("Name", ""), **({} if bus == "default" else {"EventBusName": bus})}
    cloudwatch.record_metric("AWS/Events", "InvocationsFailedToBeSentToDlq", 1, "Count", dimensions)


def _at_path(event: dict, path: str) -> str | None:
    """The part of the event a JSON path names, as JSON; None when it names none."""
    part = event
    for key in path.removeprefix("$").strip(".").split("."):
        if key and not (isinstance(part, dict) and key in part):
            return None
        part = part[key] if key else part
    return json.dumps(part)
