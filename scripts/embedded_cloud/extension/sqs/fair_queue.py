"""The order in which a standard queue's messages are handed out.

AWS, "Fair queues": messages of the groups with the fewest messages in flight come first; within a group, and between
equal groups, the oldest; no group blocks another. Messages without a group are one group.
"""

import heapq
from collections import Counter


class FairQueue:
    def __init__(self) -> None:
        self.in_flight: Counter[str | None] = Counter()
        self._waiting: dict[str | None, list[tuple[float, str]]] = {}

    def __bool__(self) -> bool:
        """May be true for a message that was deleted while it waited, until the next call of `pop`."""
        return bool(self._waiting)

    def add(self, group: str | None, number: float, message_id: str) -> None:
        """number is the message's place in the order of arrival."""
        heapq.heappush(self._waiting.setdefault(group, []), (number, message_id))

    def pop(self, there: dict) -> str | None:
        """The id of the next message that is still there; None when nothing waits."""
        for group, waiting in list(self._waiting.items()):
            while waiting and waiting[0][1] not in there:
                heapq.heappop(waiting)
            if not waiting:
                del self._waiting[group]
        if not self._waiting:
            return None
        group = min(self._waiting, key=lambda group: (self.in_flight[group], self._waiting[group][0]))
        return heapq.heappop(self._waiting[group])[1]

    def depart(self, group: str | None) -> None:
        self.in_flight[group] += 1

    def arrive(self, group: str | None) -> None:
        self.in_flight[group] -= 1
        if not self.in_flight[group]:
            del self.in_flight[group]
