"""What each worker has in hand; what a dead one had comes back after seconds, not half a minute."""

import threading
import time

import psutil

from chaos import callers
from chaos.fault_plan import Name
from chaos.time_acceleration import SOON_SECONDS
from embedded_cloud.extension.sqs.message_store import MessageStore

LOOK_SECONDS = 0.5


class InFlight:
    """The chunks that one call got from a queue, by receipt handle, and who made it."""

    def __init__(self, port: int, messages: MessageStore, chunks: dict[str, Name]):
        self.port, self.messages, self.chunks = port, messages, chunks

        self._process: psutil.Process | None = None

    def find_process(self) -> psutil.Process | None:
        """None when it has hung up, as one that died has."""
        self._process = self._process or callers.process_at(self.port)
        return self._process

    def left(self) -> dict[str, Name]:
        """The chunks that are still in this hand: not deleted, and not handed out again."""
        return {handle: name for handle, name in self.chunks.items() if self.messages.find(handle)}

    def give_back(self) -> None:
        for handle in self.left():
            if message := self.messages.find(handle):
                self.messages.hide_until(message, time.time() + SOON_SECONDS)


_hands: list[InFlight] = []
_lock = threading.Lock()


def watch(hand: InFlight) -> None:
    """Give back what is in a hand soon after its worker has died."""
    hand.find_process()
    with _lock:
        _hands.append(hand)


def install() -> None:
    threading.Thread(target=look_for_ever, daemon=True, name="hands").start()


def look_for_ever() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        with _lock:
            _hands[:] = [hand for hand in _hands if hand.left()]
            hands = list(_hands)
        for hand in [hand for hand in hands if not callers.is_alive(hand.find_process())]:
            hand.give_back()
            with _lock:
                _hands.remove(hand)
