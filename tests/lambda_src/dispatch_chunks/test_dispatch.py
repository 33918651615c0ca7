"""Dispatch: the first wave is pushed, the rest lies in the route's queue, each chunk once."""

import json

from tests.samples import route

from dispatch_chunks.dispatch import dispatch
from partition_job.partition import Partitioner
from rollcall import jobs as job_record
from rollcall.events import ChunkRequested, parse


class Bus:
    """Takes what is put on the bus, in calls of at most ten, as EventBridge does."""

    def __init__(self, order: list):
        self.events, self.order = [], order

    def put_events(self, Entries: list[dict]) -> dict:
        assert len(Entries) <= 10
        self.order.append("push")
        for entry in Entries:
            message = {
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "detail": json.loads(entry["Detail"]),
            }
            self.events.append(parse(message, ChunkRequested))
        return {"Entries": [{"EventId": "1"} for _ in Entries]}


def dispatched(cloud, count: int, max_concurrency: int):
    """Partition and dispatch `count` chunks of ten items; (pushed, queued, counts, order of calls)."""
    url = cloud.queue("route")
    routes = {"equity": route("equity", url, max_concurrency=max_concurrency), "*": route("*")}
    items = [{"id": str(n), "data_type": "equity"} for n in range(count * 10)]
    Partitioner(cloud.jobs, cloud.s3, cloud.bucket, routes, []).partition("job", {"input": {"items": items}})
    plan = job_record.plan_of(job_record.read(cloud.jobs, "job"))
    order: list[str] = []
    cloud.sqs.meta.events.register("before-call.sqs.SendMessageBatch", lambda **kwargs: order.append("queue"))
    bus = Bus(order)
    counts = dispatch(plan, cloud.bucket, cloud.s3, cloud.sqs, bus, "bus")
    queued = []
    while batch := cloud.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get(
        "Messages"
    ):
        assert {message["Attributes"]["MessageGroupId"] for message in batch} == {"job"}
        queued += [parse(message["Body"], ChunkRequested) for message in batch]
    return bus.events, queued, counts, order


def test_the_first_wave_is_pushed_and_the_rest_is_queued(cloud):
    pushed, queued, counts, _ = dispatched(cloud, count=37, max_concurrency=12)
    assert counts == {"pushed": 12, "queued": 25}
    assert [event.chunk for event in sorted(pushed, key=lambda event: event.chunk)] == list(range(12))
    assert sorted(event.chunk for event in queued) == list(range(12, 37))


def test_a_job_smaller_than_the_allowed_concurrency_is_pushed_whole(cloud):
    pushed, queued, counts, _ = dispatched(cloud, count=3, max_concurrency=100)
    assert (len(pushed), queued, counts) == (3, [], {"pushed": 3, "queued": 0})


def test_the_queue_is_full_before_the_first_worker_starts(cloud):
    *_, order = dispatched(cloud, count=60, max_concurrency=20)
    assert order == ["queue"] * 4 + ["push"] * 2


def test_a_chunk_request_names_its_bytes(cloud):
    pushed, *_ = dispatched(cloud, count=1, max_concurrency=1)
    (event,) = pushed
    assert (event.offset, event.items, event.manifest, event.input) == (0, 10, "jobs/job/manifests/equity.jsonl", "")
    assert event.length == cloud.s3.head_object(Bucket=cloud.bucket, Key=event.manifest)["ContentLength"]
