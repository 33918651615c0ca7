"""A worker's sign of life while a calculation keeps it busy."""

import json
import os
import random
import threading
import urllib.request
from collections.abc import Callable

from rollcall.dispatch.slots import HEARTBEAT_SECONDS
from rollcall.observability import logger


class Heartbeat:
    """Calls `beat` every seven to ten seconds, from a thread, until the block it guards is left.

    Not all at the same time: workers that started together would beat together.
    """

    def __init__(self, beat: Callable[[], object]):
        self.beat = beat
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.beat_until_ended, daemon=True, name="heartbeat")

    def __enter__(self) -> "Heartbeat":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    def beat_until_ended(self) -> None:
        while not self.ended.wait(HEARTBEAT_SECONDS * random.uniform(0.7, 1)):
            try:
                self.beat()
            except Exception:  # the next beat may succeed; until then the lease and the chunks last two more
                logger.exception("a heartbeat was missed")


def task_id() -> str:
    """What stops this container: the ARN of its ECS task, or the id of its Batch job; "" outside both."""
    if job := os.environ.get("AWS_BATCH_JOB_ID"):
        return job
    if metadata := os.environ.get("ECS_CONTAINER_METADATA_URI_V4"):
        with urllib.request.urlopen(f"{metadata}/task", timeout=2) as answer:
            return json.load(answer)["TaskARN"]
    return ""
