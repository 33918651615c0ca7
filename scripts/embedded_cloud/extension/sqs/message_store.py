"""A standard queue's messages, indexed so that no call looks at all of them.

The emulator keeps a list and walks it for every receive, every delete and every change of visibility: with 100,000
messages that is ten receives a second, and nothing else is answered meanwhile.
"""

import base64
import heapq
import itertools
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from ministack.services import sqs

from embedded_cloud.extension.sqs.fair_queue import FairQueue
from embedded_cloud.extension.sqs.notifier import Notifier


def new_handle() -> str:
    """As long as AWS's, 412 characters: who stores handles pays for their length."""
    return "AQEB" + base64.b64encode(os.urandom(306)).decode()


@dataclass(slots=True)
class Entry:
    """A message is hidden while it is delayed or in flight; number is its place in the order of arrival."""

    number: int
    message: dict
    hidden: bool = False

    @property
    def in_flight(self) -> bool:
        return self.hidden and self.message["receive_count"] > 0


class MessageStore:
    """Where the emulator treats a queue's messages as a list (append, remove, clear, len, for, [-1]) it may go on."""

    def __init__(self, messages: list[dict] | tuple = ()):
        self._lock = threading.RLock()
        self._numbers = itertools.count()
        self._bell = Notifier()
        self.clear()
        for message in messages:
            self.append(message)

    def clear(self) -> None:
        with self._lock:
            # Unlike dict it finds its first entry at once, however many were deleted before it.
            self._entries: OrderedDict[str, Entry] = OrderedDict()
            self._by_handle: dict[str, Entry] = {}
            self._due: list[tuple[float, str]] = []
            self._line = FairQueue()
            self._hidden = 0
            self._returned: list[Entry] = []

    def append(self, message: dict) -> None:
        sqs._ensure_msg_fields(message)
        with self._lock:
            entry = self._entries[message["id"]] = Entry(next(self._numbers), message)
            if message["receipt_handle"]:
                self._by_handle[message["receipt_handle"]] = entry
            if message["receive_count"] or message["visible_at"] > time.time():
                self._hide(entry, message["visible_at"])
            else:
                self._line.add(message["group_id"], entry.number, message["id"])
        self._bell.ring()

    def remove(self, message: dict) -> None:
        with self._lock:
            if entry := self._entries.pop(message["id"], None):
                self._by_handle.pop(message["receipt_handle"], None)
                self._unhide(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[dict]:
        with self._lock:
            return iter([entry.message for entry in self._entries.values()])

    def __getitem__(self, index: int) -> dict:
        """The emulator asks for the newest only, with -1."""
        return next(reversed(self._entries.values())).message

    def __deepcopy__(self, _memo: dict) -> list[dict]:
        """What is saved of it."""
        return [dict(message) for message in self]

    def take(self, count: int, seconds: float) -> list[dict]:
        """Hands out up to `count` messages and hides each for so long."""
        taken: list[dict] = []
        with self._lock:
            self._surface()
            while len(taken) < count and (message_id := self._line.pop(self._entries)):
                entry, now = self._entries[message_id], time.time()
                message = entry.message
                self._by_handle.pop(message["receipt_handle"], None)
                message.update(receipt_handle=new_handle(), receive_count=message["receive_count"] + 1)
                message["first_receive_at"] = message["first_receive_at"] or now
                self._by_handle[message["receipt_handle"]] = entry
                self._hide(entry, now + seconds)
                taken.append(message)
        return taken

    def find(self, handle: str | None) -> dict | None:
        """The message whose last receive gave this handle."""
        entry = self._by_handle.get(handle) if handle else None
        return entry.message if entry else None

    def hide_until(self, message: dict, due: float) -> bool:
        """False when the message is not in flight any more."""
        with self._lock:
            self._surface()
            entry = self._entries.get(message["id"])
            if not (entry and entry.hidden):
                return False
            message["visible_at"] = due
            heapq.heappush(self._due, (due, message["id"]))
        self._bell.ring()
        return True

    def take_returned(self, receives: float) -> list[dict]:
        """Removes those that became visible again after so many receives, or more."""
        with self._lock:
            self._surface()
            returned, self._returned = self._returned, []
            there = [e for e in returned if self._entries.get(e.message["id"]) is e and not e.hidden]
            exhausted = [entry.message for entry in there if entry.message["receive_count"] >= receives]
            for message in exhausted:
                self.remove(message)
            return exhausted

    def expire(self, cutoff: float) -> None:
        with self._lock:
            while self._entries and (oldest := next(iter(self._entries.values())).message)["sent_at"] <= cutoff:
                self.remove(oldest)

    def counts(self) -> tuple[int, int, int]:
        """Visible, in flight and delayed messages."""
        with self._lock:
            self._surface()
            in_flight = self._line.in_flight.total()
            return len(self._entries) - self._hidden, in_flight, self._hidden - in_flight

    async def change(self, seconds: float) -> None:
        """Waits until there may be a message to take, at most so long."""
        with self._lock:
            if self._line:
                return
            rung = self._bell.listen()
            until_due = self._due[0][0] - time.time() if self._due else seconds
        await self._bell.wait(rung, min(seconds, until_due))

    def _hide(self, entry: Entry, due: float) -> None:
        entry.hidden = True
        entry.message["visible_at"] = due
        self._hidden += 1
        if entry.in_flight:
            self._line.depart(entry.message["group_id"])
        heapq.heappush(self._due, (due, entry.message["id"]))

    def _unhide(self, entry: Entry) -> None:
        if entry.in_flight:
            self._line.arrive(entry.message["group_id"])
        self._hidden -= entry.hidden
        entry.hidden = False

    def _surface(self) -> None:
        """Shows what is due; a due time that was changed since is passed over."""
        now = time.time()
        while self._due and self._due[0][0] <= now:
            due, message_id = heapq.heappop(self._due)
            entry = self._entries.get(message_id)
            if entry and entry.hidden and entry.message["visible_at"] == due:
                self._unhide(entry)
                self._line.add(entry.message["group_id"], entry.number, message_id)
                self._returned.append(entry)
