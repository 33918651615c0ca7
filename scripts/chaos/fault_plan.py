"""What befalls whom: drawn from a seed and from what a thing is, so the same in every run of a seed.

A draw depends on the seed, the kind of fault, the name of the thing and how often that name has come up,
not on the time. So of the same chunks the same are lost, and the same workers die; only which chunks a
worker has in hand then, and what else happens meanwhile, is up to real processes.
"""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field

DUPLICATED = 0.10
DROPPED = 0.05
DELAYED = 0.5
LONGEST_DELAY_SECONDS = 3.0
NAMING = ("data_type", "slot", "job_id", "run", "chunk", "dispatch", "attempt")


@dataclass(frozen=True)
class Name:
    """What a thing is: its kind, the run ("JOB/RUN") it belongs to or "", and what tells it from its like."""

    kind: str
    run: str = ""
    words: str = ""


def name_of(body: dict) -> Name:
    """The name of an event or a message; of a dead letter that of what was lost."""
    if "look" in body:
        return Name("Look", words=body["look"])
    lost = "requestPayload" in body
    event = body["requestPayload"] if lost else body
    detail = event.get("detail", {})
    words = "/".join(str(detail[each]) for each in NAMING if each in detail)
    run = f"{detail['job_id']}/{detail['run']}" if "job_id" in detail and "run" in detail else ""
    return Name("Worker Failed" if lost else event.get("detail-type", "message"), run, words)


@dataclass
class FaultPlan:
    """The draws of one seed, and the count of what was done: {(fault, kind, run): times}."""

    seed: int
    faults: Counter = field(default_factory=Counter)
    drawn: Counter = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def draw(self, fault: str, name: Name) -> random.Random:
        """The numbers drawn for a thing; others each time it comes up."""
        subject = f"{fault}/{name.kind}/{name.words}"
        with self.lock:
            self.drawn[subject] += 1
            return random.Random(f"{self.seed}/{subject}/{self.drawn[subject]}")

    def note(self, fault: str, name: Name) -> None:
        with self.lock:
            self.faults[fault, name.kind, name.run] += 1

    def deliveries(self, name: Name) -> list[float]:
        """The delay in seconds of each delivery of an event: none, if it is lost, one or two."""
        numbers = self.draw("delivery", name)
        self.note("seen", name)
        fate = numbers.random()
        if fate < DROPPED:
            self.note("dropped", name)
            return []
        twice = fate < DROPPED + DUPLICATED
        delays = [numbers.uniform(0, LONGEST_DELAY_SECONDS) * (numbers.random() < DELAYED) for _ in range(1 + twice)]
        if twice:
            self.note("duplicated", name)
        if any(delays):
            self.note("delayed", name)
        return delays
