"""AWS: Lambda developer guide, "Invoking a function asynchronously"."""

import json
import time

import pytest
from tests.scripts.embedded_cloud.conftest import PATIENCE_SECONDS

from embedded_cloud.extension.lambda_ import event_queue
from embedded_cloud.extension.lambda_.invocation import Invocation

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:"
COUNTING = """
    import boto3, time
    table = boto3.resource("dynamodb").Table("counts")
    def runs(name):
        return table.get_item(Key={"name": name}).get("Item", {}).get("runs", 0)
    def handler(event, context):
        table.update_item(
            Key={"name": context.function_name},
            UpdateExpression="ADD runs :one",
            ExpressionAttributeValues={":one": 1},
        )
        while runs(event["detail"].get("after", context.function_name)) < event["detail"].get("runs", 0):
            time.sleep(0.1)
        if event["detail"].get("fails"):
            raise ValueError("no such instrument")
"""


def count_runs(cloud, name, **options):
    """Deploys a function that counts its runs; returns a call that tells how many there were.

    A run ends when there were as many `runs` as its event says, of its own function or of that named in `after`.
    """
    dynamodb = cloud.client("dynamodb")
    if "counts" not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName="counts",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        )
    cloud.function(name, COUNTING, **{"Timeout": 900, **options})

    def runs():
        item = dynamodb.get_item(TableName="counts", Key={"name": {"S": name}}).get("Item")
        return int(item["runs"]["N"]) if item else 0

    return runs


def test_events_beyond_the_reserved_concurrency_wait_and_none_is_lost(cloud):
    runs = count_runs(cloud, "reserved")
    cloud.client("lambda").put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=5)
    cloud.route("reserved", {"Arn": FUNCTION + "reserved"})
    cloud.put("reserved", *({"runs": 5} for _ in range(40)))
    cloud.eventually(lambda: runs() == 40)


@pytest.mark.full
def test_a_thousand_events_run_a_thousand_times_and_leave_room_for_callers_that_wait(cloud):
    runs = count_runs(cloud, "thousand")
    waited_for = count_runs(cloud, "waited-for")
    cloud.route("thousand", {"Arn": FUNCTION + "thousand"})
    cloud.put("thousand", *({"after": "waited-for", "runs": 1} for _ in range(1000)))
    cloud.eventually(lambda: runs() >= 12)
    cloud.invoke("waited-for", {"detail": {}})
    assert waited_for() == 1 and runs() < 1000
    cloud.eventually(lambda: runs() == 1000)


def test_an_event_that_fails_three_times_goes_to_the_on_failure_destination_with_its_story(cloud):
    url, arn = cloud.queue("story")
    runs = count_runs(cloud, "failing")
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="failing", DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    cloud.route("failing", {"Arn": FUNCTION + "failing"})
    cloud.put("failing", {"fails": True})
    record = json.loads(cloud.messages(url, 1)[0]["Body"])
    assert runs() == 3
    assert record["version"] == "1.0"
    assert record["requestContext"]["functionArn"] == FUNCTION + "failing:$LATEST"
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"]["detail"] == {"fails": True}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorType"] == "ValueError"
    assert record["responsePayload"]["errorMessage"] == "no such instrument"


def test_the_story_of_a_failed_event_can_go_to_another_function(cloud):
    cloud.function("hears", "import json\ndef handler(event, context): print(json.dumps(event))")
    cloud.function("tells", "def handler(event, context): raise ValueError('no such instrument')")
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="tells",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"{FUNCTION}hears"}},
    )
    cloud.client("lambda").invoke(FunctionName="tells", InvocationType="Event", Payload=b'{"slot": 1}')

    def heard() -> dict | None:
        groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/hears")["logGroups"]
        lines = cloud.log_lines("/aws/lambda/hears") if groups else []
        return next((json.loads(line) for line in lines if line.startswith("{")), None)

    record = cloud.eventually(heard)
    assert record["requestPayload"] == {"slot": 1}
    assert record["responsePayload"]["errorMessage"] == "no such instrument"


def test_a_failed_event_goes_to_the_dead_letter_queue_as_it_was(cloud):
    url, arn = cloud.queue("event-letters")
    runs = count_runs(cloud, "once", DeadLetterConfig={"TargetArn": arn})
    cloud.client("lambda").put_function_event_invoke_config(FunctionName="once", MaximumRetryAttempts=0)
    event = {"detail": {"fails": True}}
    cloud.client("lambda").invoke(FunctionName="once", InvocationType="Event", Payload=json.dumps(event))
    message = cloud.messages(url, 1)[0]
    assert runs() == 1
    assert json.loads(message["Body"]) == event
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no such instrument"
    assert message["MessageAttributes"]["ErrorCode"]["StringValue"] == "200"
    assert "RequestID" in message["MessageAttributes"]


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("lost-killed", "import os\ndef handler(event, context): os.kill(os.getpid(), 9)", "Runtime.ExitError"),
        ("lost-late", "import time\ndef handler(event, context): time.sleep(30)", "Sandbox.Timedout"),
        ("lost-broken", "import no_such_module\ndef handler(event, context): pass", "Runtime.ImportModuleError"),
    ],
)
def test_without_retries_a_lost_call_is_reported_and_not_made_again(cloud, name, code, error):
    url, arn = cloud.queue(name)
    cloud.function(name, code, Timeout=1)
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    cloud.route(name, {"Arn": FUNCTION + name})
    cloud.put(name, {"slot": 1})
    record = json.loads(cloud.messages(url, 1)[0]["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["requestPayload"]["detail"] == {"slot": 1}
    assert record["responsePayload"]["errorType"] == error


def test_an_event_that_waited_too_long_for_room_is_not_run_any_more(monkeypatch):
    given_up = []
    monkeypatch.setattr(event_queue, "give_up", lambda invocation, result, why: given_up.append((invocation, why)))
    function = {
        "config": {"FunctionName": "old", "FunctionArn": FUNCTION + "old"},
        "event_invoke_config": {"MaximumEventAgeInSeconds": 60},
        # Nothing of it may run, so an event is only ever waiting.
        "concurrency": 0,
    }
    fresh, old = Invocation(function, "fresh"), Invocation(function, "old", since=time.monotonic() - 61)
    queue = event_queue.InvocationQueue()
    queue.put(old)
    queue.put(fresh)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not given_up and time.monotonic() < deadline:
        time.sleep(0.02)
    assert given_up == [(old, "EventAgeExceeded")]


def test_events_that_come_together_start_together(cloud):
    runs = count_runs(cloud, "together")
    cloud.route("together", {"Arn": FUNCTION + "together"})
    cloud.put("together", *({"runs": 12} for _ in range(12)))
    cloud.eventually(lambda: runs() == 12)
