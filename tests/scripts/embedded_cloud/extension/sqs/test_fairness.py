"""AWS: SQS developer guide, "Amazon SQS fair queues"."""

from collections import Counter

import psutil
import pytest

from embedded_cloud import lifecycle
from embedded_cloud.extension.sqs.fair_queue import FairQueue


def fill(cloud, url, *groups):
    """Sends a message of each group, named after it, in this order."""
    entries = [{"Id": str(i), "MessageBody": group, "MessageGroupId": group} for i, group in enumerate(groups)]
    for start in range(0, len(entries), 10):
        answer = cloud.client("sqs").send_message_batch(QueueUrl=url, Entries=entries[start : start + 10])
        assert not answer.get("Failed")


def receive(cloud, url, count=1, **options):
    answer = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=count, **options)
    return answer.get("Messages", [])


def test_a_late_quiet_group_comes_before_the_rest_of_a_noisy_one(cloud):
    url, _ = cloud.queue("noisy")
    fill(cloud, url, *["noisy"] * 30)
    receive(cloud, url, 10)
    fill(cloud, url, "quiet", "quiet")
    assert [message["Body"] for message in receive(cloud, url, 3)] == ["quiet", "quiet", "noisy"]


def test_groups_share_the_messages_in_flight_and_none_blocks_another(cloud):
    url, _ = cloud.queue("shared")
    fill(cloud, url, *["a"] * 20, *["b"] * 20, *["c"] * 20)
    handed_out = Counter(message["Body"] for _ in range(3) for message in receive(cloud, url, 10))
    assert handed_out == {"a": 10, "b": 10, "c": 10}
    assert len([message for _ in range(3) for message in receive(cloud, url, 10)]) == 30


def test_a_group_whose_messages_are_done_is_quiet_again(cloud):
    url, _ = cloud.queue("done")
    fill(cloud, url, "a", "a", "a", "b", "b")
    first = receive(cloud, url)[0]
    assert first["Body"] == "a"
    cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert receive(cloud, url)[0]["Body"] == "a"
    assert receive(cloud, url)[0]["Body"] == "b"


def test_messages_without_a_group_come_in_the_order_they_were_sent(cloud):
    url, _ = cloud.queue("plain")
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(10)]
    cloud.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    assert [message["Body"] for message in receive(cloud, url, 10)] == [str(number) for number in range(10)]


@pytest.mark.parametrize("groups", [1, 3])
def test_the_next_of_a_hundred_thousand_messages_is_found_at_once(groups):
    class Looks(dict):
        count = 0

        def __contains__(self, message_id: object) -> bool:
            self.count += 1
            return super().__contains__(message_id)

    line, there = FairQueue(), Looks((str(number), None) for number in range(100_000))
    for number in range(100_000):
        line.add(f"job-{number % groups}", number, str(number))
    for _ in range(1000):
        line.depart(f"job-{int(line.pop(there)) % groups}")
    assert there.count == 1000 * groups


@pytest.mark.full
def test_a_long_queue_answers_as_fast_as_a_short_one(cloud):
    server = psutil.Process(lifecycle.status(cloud.settings).pid)

    def seconds_of_the_server(length: int) -> float:
        url, _ = cloud.queue(f"of-{length}")
        fill(cloud, url, *["job-1"] * length)
        before = sum(server.cpu_times()[:2])
        handles = [receive(cloud, url)[0]["ReceiptHandle"] for _ in range(200)]
        for handle in handles:
            cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=handle)
        after = sum(server.cpu_times()[:2])
        cloud.client("sqs").delete_queue(QueueUrl=url)
        return after - before

    # Walking the whole queue for each message takes more than ten times as long.
    assert seconds_of_the_server(20_000) < 4 * seconds_of_the_server(200)
