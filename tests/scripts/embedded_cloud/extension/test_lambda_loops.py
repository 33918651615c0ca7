"""AWS: Lambda developer guide, "Use Lambda recursive loop detection to prevent infinite loops"."""

import json

ECHO = """
import boto3, os
sqs = boto3.client("sqs")

def handler(event, context):
    for record in event["Records"]:
        round = int(record["body"])
        sqs.send_message(QueueUrl=os.environ["TOLD"], MessageBody=str(round))
        if round < 30:
            sqs.send_message(QueueUrl=os.environ["OWN"], MessageBody=str(round + 1))
"""


def test_a_function_that_sends_to_its_own_queue_is_stopped_after_sixteen_rounds(cloud):
    told, _ = cloud.queue("loop-told")
    letters, letters_arn = cloud.queue("loop-letters")
    own, arn = cloud.queue(
        "loop-own", RedrivePolicy=json.dumps({"deadLetterTargetArn": letters_arn, "maxReceiveCount": 3})
    )
    cloud.function("loop", ECHO, Environment={"Variables": {"TOLD": told, "OWN": own}})
    cloud.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="loop", BatchSize=1)
    cloud.client("sqs").send_message(QueueUrl=own, MessageBody="1")
    (letter,) = cloud.messages(letters, 1)
    assert letter["Body"] == "17"
    assert sorted(int(message["Body"]) for message in cloud.messages(told, 16)) == list(range(1, 17))


def test_a_function_that_may_loop_goes_on(cloud):
    told, _ = cloud.queue("allowed-told")
    own, arn = cloud.queue("allowed-own")
    cloud.function("allowed", ECHO, Environment={"Variables": {"TOLD": told, "OWN": own}})
    cloud.client("lambda").put_function_recursion_config(FunctionName="allowed", RecursiveLoop="Allow")
    cloud.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="allowed", BatchSize=1)
    cloud.client("sqs").send_message(QueueUrl=own, MessageBody="1")
    assert {int(message["Body"]) for message in cloud.messages(told, 30)} == set(range(1, 31))
