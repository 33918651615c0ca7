"""Letting calls of the web server wait for what any thread does."""

import asyncio
import contextlib
import threading


class Notifier:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def ring(self) -> None:
        """Wakes all who listen."""
        with self._lock:
            listeners, self._listeners = self._listeners, {}
        for rung, loop in listeners.items():
            # The listener's loop may be closed.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(rung.set)

    def listen(self) -> asyncio.Event:
        """Set by the next ring; give it to `wait`."""
        rung = asyncio.Event()
        with self._lock:
            self._listeners[rung] = asyncio.get_running_loop()
        return rung

    async def wait(self, rung: asyncio.Event, seconds: float) -> None:
        """At most so long."""
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), max(0, seconds))
        finally:
            with self._lock:
                self._listeners.pop(rung, None)
