"""The worker around calculations: a Lambda handler and a container's main program in one.

It runs the chunk it was started with, then pulls further chunks from its route's queue until that
is empty or its own time is nearly over; then it starts a successor with one more event.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache

import boto3

from rollcall import queues
from rollcall.chunks import run_chunk
from rollcall.events import VERSION, ChunkRequested, ChunkSettled, parse
from rollcall.observability import logger
from rollcall.settings import Settings

PULL_SECONDS = 2.0  # pull as many chunks at once as fill about this time, so that the last ones are shared out
FLUSH_SECONDS = 1.0  # settlements wait at most this long for a full batch
LONG_POLL_SECONDS = 1  # asks every SQS server; a short poll may miss messages and stop a worker too early


@dataclass
class Worker:
    """One worker's run. `seconds_left` tells how long it may still live; `clock` gives seconds."""

    settings: Settings
    s3: object
    sqs: object
    events: object
    seconds_left: Callable[[], float]
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self):
        self.settled: list[ChunkSettled] = []
        self.handles: list[str] = []
        self.flushed_at = self.clock()
        self.longest_chunk = 0.0
        self.margin = min(20.0, self.seconds_left() / 5)
        self.count = 0

    def work(self, first: ChunkRequested) -> int:
        """Run a chunk and all that can be pulled after it; the number of chunks settled."""
        self.run(first)
        pulled = True
        while pulled and self.has_time():
            pulled = self.pull(at_most=self.pull_size())
        self.flush()
        if pulled:
            self.hand_over()
        return self.count

    def run(self, request: ChunkRequested, handle: str | None = None) -> None:
        started = self.clock()
        settlement = run_chunk(
            request,
            self.s3,
            self.settings.need("bucket"),
            self.settings.need("target"),
            out_of_time=lambda: self.seconds_left() < self.margin / 2,
        )
        self.longest_chunk = max(self.longest_chunk, self.clock() - started)
        self.settled.append(settlement)
        self.handles += [handle] if handle else []
        self.count += 1
        if len(self.settled) == queues.BATCH or self.clock() - self.flushed_at > FLUSH_SECONDS:
            self.flush()

    def pull(self, at_most: int) -> bool:
        """Run up to ten chunks from the route's queue; False when it was empty."""
        messages = self.receive(at_most)
        for message in messages:
            self.run(parse(message["Body"], ChunkRequested), message["ReceiptHandle"])
        return bool(messages)

    def receive(self, at_most: int) -> list[dict]:
        """Messages at once if there are any; otherwise settle first, for the long poll would hold that back."""
        if messages := self.poll(at_most, seconds=0):
            return messages
        self.flush()
        return self.poll(at_most, seconds=LONG_POLL_SECONDS)

    def poll(self, at_most: int, seconds: int) -> list[dict]:
        queue_url = self.settings.need("route_queue_url")
        answer = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=at_most, WaitTimeSeconds=seconds)
        return answer.get("Messages", [])

    def flush(self) -> None:
        """Settle what has been run, and only then take it off the queue."""
        if self.settled:
            queues.send(self.sqs, self.settings.need("settlements_queue_url"), self.settled)
            queues.delete(self.sqs, self.settings.need("route_queue_url"), self.handles)
        self.settled, self.handles, self.flushed_at = [], [], self.clock()

    def pull_size(self) -> int:
        return max(1, min(queues.BATCH, int(PULL_SECONDS / max(self.longest_chunk, 0.001))))

    def has_time(self) -> bool:
        return self.seconds_left() > self.margin + self.longest_chunk * self.pull_size()

    def hand_over(self) -> None:
        """Start a successor with the next chunk."""
        queue_url, bus = self.settings.need("route_queue_url"), self.settings.need("bus")
        queues.start_worker(self.sqs, self.events, queue_url, bus, self.receive(1))


@cache
def clients() -> list:
    return [boto3.client(name) for name in ("s3", "sqs", "events")]


def start(request: ChunkRequested, seconds_left: Callable[[], float]) -> int:
    """Work with real clients; logs one line when done."""
    worker = Worker(Settings.from_environment(), *clients(), seconds_left)
    count = worker.work(request)
    logger.info("worker done", job_id=request.job_id, data_type=request.data_type, chunks=count)
    return count


def lambda_handler(event: dict, context) -> dict:
    """Lambda entry point of every calculation: `event` is a Chunk Requested envelope."""
    request = parse(event, ChunkRequested)
    return {"chunks": start(request, lambda: context.get_remaining_time_in_millis() / 1000)}


def request_from(arguments: list[str]) -> ChunkRequested:
    """The chunk a container was started for: the fields of Chunk Requested as --name value."""
    parser = argparse.ArgumentParser(prog="rollcall.worker")
    parser.add_argument("--version", choices=[VERSION], required=True)
    for field in fields(ChunkRequested):
        parser.add_argument(f"--{field.name}", type=field.type, required=True)
    values = vars(parser.parse_args(arguments))
    values.pop("version")
    return ChunkRequested(**values)


def main(arguments: list[str]) -> None:
    """Container entry point."""
    ends_at = time.monotonic() + float(Settings.from_environment().need("timeout_seconds"))
    start(request_from(arguments), lambda: ends_at - time.monotonic())


if __name__ == "__main__":
    main(sys.argv[1:])
