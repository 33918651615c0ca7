"""AWS: Step Functions developer guide, "Map state in inline mode", "Context object", "Intrinsic functions"."""

import json
import threading
import time

import pytest

from embedded_cloud.extension.stepfunctions.inline_maps import run_each

CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
PASS = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}


def asking(url):
    """An iteration that tells the queue its token and waits."""
    parameters = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token", "item.$": "$"}}
    ask = {"Type": "Task", "Resource": CALLBACK, "Parameters": parameters, "End": True}
    return {"StartAt": "Ask", "States": {"Ask": ask}}


@pytest.mark.parametrize(
    ("setting", "at_once"),
    [({}, 40), ({"MaxConcurrency": 100}, 40), ({"MaxConcurrency": 3}, 3), ({"MaxConcurrencyPath": "$.most"}, 5)],
)
def test_an_inline_map_runs_at_most_forty_iterations_at_a_time(cloud, states, setting, at_once):
    url, _ = cloud.queue(f"asked-{at_once}-{len(setting)}")
    state = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": asking(url), **setting}
    execution = states.start(state, {"items": list(range(60)), "most": 5})
    asked = cloud.messages(url, at_once)
    time.sleep(0.5)
    more = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    assert len(asked) == at_once and "Messages" not in more
    token = json.loads(asked[0]["Body"])["token"]
    states.client.send_task_success(taskToken=token, output="0")
    assert len(cloud.messages(url, 1)) == 1
    states.client.stop_execution(executionArn=execution)


def test_thousands_of_items_share_the_threads_and_keep_their_order():
    began, threads = [], set()

    def work(index, item):
        began.append(item)
        threads.add(threading.get_ident())

    run_each(list(range(5000)), 40, work)
    assert sorted(began) == list(range(5000)) and len(threads) <= 40


def test_after_an_iteration_that_failed_none_begins(states, counted):
    fail = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "Unpriced"}}}
    state = {"Type": "Map", "ItemsPath": "$", "MaxConcurrency": 1, "ItemProcessor": fail}
    assert states.run(state, list(range(50)))["error"] == "Unpriced"
    # The Map and the first iteration's state.
    assert counted()["states:StateTransition"] == 2


def test_a_map_that_must_not_run_anything_at_once_is_refused(states):
    ended = states.run({"Type": "Map", "ItemsPath": "$", "MaxConcurrency": -1, "ItemProcessor": PASS}, [1])
    assert ended["error"] == "States.Runtime"


def test_an_item_selector_calculates_with_the_item_and_the_whole_input(states):
    selector = {
        "part.$": "States.ArrayGetItem($.parts, $$.Map.Item.Value.part)",
        "text.$": "States.Format('{}-{}-{}', $$.Map.Item.Value.x, $$.Map.Item.Index, $$.Map.Item.Value.deep.y[0].z)",
        "next.$": "States.MathAdd($$.Map.Item.Value.part, 1)",
        "json.$": "States.StringToJson($$.Map.Item.Value.json)",
        "true.$": "States.Format('{}', $$.Map.Item.Value.flag)",
        "inner": {"list": [{"job.$": "$.job"}]},
    }
    item = {"part": 1, "x": "a", "deep": {"y": [{"z": 7}]}, "json": '{"n": [1]}', "flag": True}
    state = {"Type": "Map", "ItemsPath": "$.units", "ItemSelector": selector, "ItemProcessor": PASS}
    assert states.output(state, {"job": "j", "parts": ["p0", "p1"], "units": [item]}) == [
        {
            "part": "p1",
            "text": "a-0-7",
            "next": 2,
            "json": {"n": [1]},
            "true": "true",
            "inner": {"list": [{"job": "j"}]},
        }
    ]


def test_an_inner_map_sees_its_own_item(states):
    show = {"Type": "Pass", "Parameters": {"item.$": "$$.Map.Item.Value"}, "End": True}
    inner = {"Type": "Map", "ItemsPath": "$", "End": True}
    inner["ItemProcessor"] = {"StartAt": "Show", "States": {"Show": show}}
    outer = {"StartAt": "Inner", "States": {"Inner": inner}}
    slots = [[1, 2], [3]]
    shown = states.output({"Type": "Map", "ItemsPath": "$", "ItemProcessor": outer}, slots)
    assert [[answer["item"] for answer in slot] for slot in shown] == slots


def test_a_branch_does_not_see_where_another_is(cloud, states):
    url, _ = cloud.queue("branches")
    parameters = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token", "state.$": "$$.State.Name"}}
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 0}]
    ask = {"Type": "Task", "Resource": CALLBACK, "Parameters": parameters, "TimeoutSeconds": 1, "Retry": retry}
    wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    branches = [{"StartAt": "Ask", "States": {"Ask": {**ask, "End": True}}}, wait]
    execution = states.start({"Type": "Parallel", "Branches": branches})
    assert [json.loads(message["Body"])["state"] for message in cloud.messages(url, 2)] == ["Ask", "Ask"]
    states.client.stop_execution(executionArn=execution)
