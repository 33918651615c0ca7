"""Calls that were refused for want of a permission, as the platforms tell of them.

Functions and tasks say so in their logs, a state machine in the history of its execution, Lambda in what it tells of
the queues it reads, and EventBridge in what it gives to dead-letter queues, or counts where even that is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from rollcall.records.jobs import execution_name
from rollcall.records.rows import JobRow
from rollcall_client import executions
from rollcall_client.environment import Environment

PHRASE = '"not authorized to perform"'
REFUSED = re.compile(
    r"User: (?P<who>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?:(?: with an explicit deny)? on resource: [\\\"]*(?P<resource>[^\s\"\\]+))?"
)
# EventBridge's code, where its message is in words of its own.
NO_PERMISSIONS = re.compile(r"NO_PERMISSIONS: (?P<why>[^\"\\]+)")
EVENTS_SHOWN = 100  # the newest of an execution's history


@dataclass(frozen=True)
class Refusal:
    """`who` is a role's name, or a service's where the policy of a resource is to let it in."""

    who: str
    action: str
    resource: str

    def __str__(self) -> str:
        if self.who.endswith(".amazonaws.com"):
            return f"{self.who} may not {self.action} on {self.resource}: the resource's policy does not allow it"
        return f"role {self.who} may not {self.action} on {self.resource}: none of its policies allows it"


def told(env: Environment, row: JobRow) -> list[str]:
    """A sentence for each kind of call that was refused since the job's execution began, whichever job it was for."""
    try:
        return list(dict.fromkeys(_sentences(env, row)))
    except ClientError as error:
        return [f"whether calls were refused cannot be told: {error}"]


def _sentences(env: Environment, row: JobRow) -> Iterator[str]:
    run = executions.execution(env, execution_name(row["job_id"], row["run"], row.get("restarts", 0)))
    if run is None:
        return
    since = run["startDate"]
    texts = [*in_history(env, run), *in_logs(env, since), *in_mappings(env)]
    yield from (str(refusal) for text in texts for refusal in read(text))
    yield from (f"EventBridge was refused: {found['why']}" for found in map(_only_coded, texts) if found)
    yield from undelivered(env, since)


def read(text: str) -> Iterator[Refusal]:
    for found in REFUSED.finditer(text):
        _, assumed, session = found["who"].partition(":assumed-role/")
        who = session.partition("/")[0] if assumed else found["who"]
        yield Refusal(who, found["action"], (found["resource"] or "*").rstrip(",."))


def _only_coded(text: str) -> re.Match[str] | None:
    return None if REFUSED.search(text) else NO_PERMISSIONS.search(text)


def in_history(env: Environment, run: dict) -> Iterator[str]:
    """What the state machine's own role was refused, and what failed tasks said last."""
    answer = env.client("stepfunctions").get_execution_history(
        executionArn=run["executionArn"], reverseOrder=True, maxResults=EVENTS_SHOWN
    )
    for event in answer["events"]:
        details: Any = next((value for name, value in event.items() if name.endswith("Details")), {})
        yield details.get("cause", "")


def in_logs(env: Environment, since: datetime) -> Iterator[str]:
    logs, prefix = env.client("logs"), env.deployment.bus
    start = int(since.timestamp() * 1000)
    for group in _groups(env):
        searches = [PHRASE, "NO_PERMISSIONS"] if group.endswith(f"{prefix}-handle-worker-failures") else [PHRASE]
        for search in searches:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=start, filterPattern=search
            )
            yield from (event["message"] for page in pages for event in page["events"])


def _groups(env: Environment) -> Iterator[str]:
    """Of functions, of tasks and Batch jobs, and of state machines."""
    prefix = env.deployment.bus
    starts = f"/aws/lambda/{prefix}-", f"/rollcall/{env.deployment.environment}/", f"/aws/vendedlogs/states/{prefix}-"
    for start in starts:
        pages = env.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=start)
        yield from (group["logGroupName"] for page in pages for group in page["logGroups"])


def in_mappings(env: Environment) -> Iterator[str]:
    """What Lambda says of the queues it reads for functions."""
    pages = env.client("lambda").get_paginator("list_event_source_mappings").paginate()
    yield from (each.get("LastProcessingResult", "") for page in pages for each in page["EventSourceMappings"])


def undelivered(env: Environment, since: datetime) -> Iterator[str]:
    """Rules whose events reached neither their target nor its dead-letter queue."""
    metrics, bus = env.client("cloudwatch"), env.deployment.bus
    for page in env.client("events").get_paginator("list_rules").paginate(EventBusName=bus):
        for rule in (each["Name"] for each in page["Rules"]):
            counted = metrics.get_metric_statistics(
                Namespace="AWS/Events",
                MetricName="InvocationsFailedToBeSentToDlq",
                Dimensions=[{"Name": "EventBusName", "Value": bus}, {"Name": "RuleName", "Value": rule}],
                StartTime=since - timedelta(minutes=1),
                EndTime=datetime.now(UTC) + timedelta(minutes=1),
                Period=60,
                Statistics=["Sum"],
            )
            if count := sum(point["Sum"] for point in counted["Datapoints"]):
                yield from _without_letters(env, bus, rule, int(count))


def _without_letters(env: Environment, bus: str, rule: str, count: int) -> Iterator[str]:
    targets = env.client("events").list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
    for letters in (target["DeadLetterConfig"]["Arn"] for target in targets if "DeadLetterConfig" in target):
        yield (
            f"events.amazonaws.com could not sqs:SendMessage on {letters}: {count} events of rule {rule} are lost; the "
            f"queue's policy must let that rule in, and the policy of its target too"
        )
