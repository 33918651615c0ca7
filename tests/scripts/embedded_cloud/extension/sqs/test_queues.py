"""AWS: SQS developer guide, "Fair queues": a standard queue takes a message group and does not order by it."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError


def test_a_standard_queue_takes_message_groups(cloud):
    url, _ = cloud.queue("fair")
    entries = [{"Id": str(i), "MessageBody": str(i), "MessageGroupId": "job-1"} for i in range(3)]
    answer = cloud.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    assert len(answer["Successful"]) == 3
    assert {message["Body"] for message in cloud.messages(url, 3)} == {"0", "1", "2"}


def test_a_queue_waits_for_a_dead_letter_queue_that_is_made_at_the_same_time(cloud):
    redrive = json.dumps(
        {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:late-letters", "maxReceiveCount": 3}
    )
    with ThreadPoolExecutor() as pool:
        early = pool.submit(cloud.queue, "early", RedrivePolicy=redrive)
        cloud.queue("late-letters")
        url, _ = early.result()
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    assert json.loads(attributes["RedrivePolicy"]) == json.loads(redrive)


@pytest.mark.full
def test_a_dead_letter_queue_that_never_appears_is_refused(cloud):
    redrive = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:no-letters", "maxReceiveCount": 3})
    with pytest.raises(ClientError, match="RedrivePolicy"):
        cloud.queue("alone", RedrivePolicy=redrive)
