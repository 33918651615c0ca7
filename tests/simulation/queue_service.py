"""SQS in simulated time: standard queues with visibility, receive counts and fair sharing by message group."""

import heapq
import json
from collections import Counter, deque
from itertools import count

from tests.simulation import figures
from tests.simulation.simulated_time import SimulatedTime

VISIBILITY_SECONDS = 30


class Message:
    __slots__ = ("body", "group", "handle", "hidden_until", "received")

    def __init__(self, body: str, group: str):
        self.body, self.group = body, group
        self.received, self.handle, self.hidden_until = 0, "", 0.0


class Queue:
    """One route's queue."""

    def __init__(self, time: SimulatedTime, most_in_flight: int):
        self.time, self.quota = time, most_in_flight
        self.waiting: dict[str, deque[Message]] = {}
        self.in_flight: dict[str, Message] = {}
        self.of_group: Counter[str] = Counter()
        self.returns: list[tuple[float, str]] = []
        self.numbers = count()
        self.size = self.most_in_flight = 0

    def enqueue(self, message: Message) -> None:
        self.waiting.setdefault(message.group, deque()).append(message)
        self.size += 1

    def take(self, most: int) -> list[Message]:
        self.bring_back()
        taken, room = [], self.quota - len(self.in_flight)
        while self.size and len(taken) < min(most, room):
            group = self.next_group()
            message = self.waiting[group].popleft()
            if not self.waiting[group]:
                del self.waiting[group]
            self.size -= 1
            message.received += 1
            message.handle = f"handle-{next(self.numbers)}".ljust(figures.HANDLE_LENGTH, "=")
            self.in_flight[message.handle] = message
            self.of_group[group] += 1
            self.hide(message.handle, VISIBILITY_SECONDS)
            taken.append(message)
        self.most_in_flight = max(self.most_in_flight, len(self.in_flight))
        return taken

    def next_group(self) -> str:
        """The quiet group that waits longest, else of the noisy ones that with the fewest messages in flight."""
        if len(self.waiting) == 1:
            return next(iter(self.waiting))
        noisy = figures.NOISY_SHARE * len(self.in_flight)
        return min(
            self.waiting,
            key=lambda group: (
                self.of_group[group]
                if self.of_group[group] >= figures.NOISY_IN_FLIGHT and self.of_group[group] > noisy
                else 0
            ),
        )

    def hide(self, handle: str, seconds: float) -> None:
        if message := self.in_flight.get(handle):
            message.hidden_until = self.time.now() + seconds
            heapq.heappush(self.returns, (message.hidden_until, handle))

    def bring_back(self) -> None:
        """Show again what was neither deleted nor hidden again in time."""
        while self.returns and self.returns[0][0] <= self.time.now():
            _, handle = heapq.heappop(self.returns)
            message = self.in_flight.get(handle)
            if message and message.hidden_until <= self.time.now():
                self.remove(handle)
                self.waiting.setdefault(message.group, deque()).appendleft(message)  # it is older than what waits
                self.size += 1

    def remove(self, handle: str) -> None:
        if message := self.in_flight.pop(handle, None):
            self.of_group[message.group] -= 1


class Sqs:
    """The client. Settlements are kept as they come, with the time they came at."""

    class exceptions:  # noqa: N801  as a client has it
        class OverLimit(Exception):  # noqa: N818
            pass

    def __init__(self, time: SimulatedTime, settlements_url: str, most_in_flight: int = figures.MOST_IN_FLIGHT):
        self.time, self.settlements_url, self.most_in_flight = time, settlements_url, most_in_flight
        self.queues: dict[str, Queue] = {}
        self.settled: list[tuple[float, str, int]] = []  # (when, job, chunk)

    def queue(self, url: str) -> Queue:
        if url not in self.queues:
            self.queues[url] = Queue(self.time, self.most_in_flight)
        return self.queues[url]

    def send_message_batch(self, QueueUrl: str, Entries: list[dict]) -> dict:
        settles = QueueUrl == self.settlements_url
        self.time.call("send settlements" if settles else "send chunks", figures.SQS)
        for entry in Entries:
            if settles:
                settled = json.loads(entry["MessageBody"])["detail"]
                self.settled.append((self.time.now(), settled["job_id"], settled["chunk"]))
            else:
                self.queue(QueueUrl).enqueue(Message(entry["MessageBody"], entry.get("MessageGroupId", "")))
        return {}

    def receive_message(self, QueueUrl: str, MaxNumberOfMessages: int, WaitTimeSeconds: int, **_) -> dict:
        queue = self.queue(QueueUrl)
        self.time.call("receive", figures.SQS)
        if not WaitTimeSeconds and len(queue.in_flight) >= queue.quota:
            raise self.exceptions.OverLimit
        missed = (
            not WaitTimeSeconds
            and queue.size < figures.SMALL_QUEUE
            and self.time.random.random() < figures.SHORT_POLL_MISSES
        )
        taken = [] if missed else queue.take(MaxNumberOfMessages)
        if not taken and WaitTimeSeconds:
            self.time.call("receive, waiting", (WaitTimeSeconds, WaitTimeSeconds))
            taken = queue.take(MaxNumberOfMessages)
        return {"Messages": [as_received(message) for message in taken]} if taken else {}

    def delete_message_batch(self, QueueUrl: str, Entries: list[dict]) -> None:
        self.time.call("delete", figures.SQS)
        for entry in Entries:
            self.queue(QueueUrl).remove(entry["ReceiptHandle"])

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[dict]) -> None:
        self.time.call("hide", figures.SQS)
        for entry in Entries:
            self.queue(QueueUrl).hide(entry["ReceiptHandle"], entry["VisibilityTimeout"])


def as_received(message: Message) -> dict:
    attributes = {"ApproximateReceiveCount": str(message.received), "MessageGroupId": message.group}
    return {
        "MessageId": message.handle,
        "ReceiptHandle": message.handle,
        "Body": message.body,
        "Attributes": attributes,
    }
