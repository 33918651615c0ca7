"""The items of the three jobs of a seed; every item says itself what is to become of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DATA_TYPES = ("probe",) * 6 + ("probe.fargate",) * 3 + ("probe.batch",)
CANCELLED_ITEM_SECONDS = 0.05
POISON_EVERY = 100


@dataclass(frozen=True)
class Workload:
    """A job's items by id; `cancelled` and `redriven` tell what the driver does to it."""

    job_id: str
    items: dict[str, dict]
    cancelled: bool = False
    redriven: bool = False


def workloads(seed: int, items: int) -> list[Workload]:
    """Half of the items are plain, three tenths are in the job with poison, the rest in the one to be cancelled."""
    plain, poisoned = items // 2, items * 3 // 10
    cancelled = items - plain - poisoned
    return [
        Workload(f"chaos-{seed}-plain", dict(plain_items(plain))),
        Workload(f"chaos-{seed}-poison", dict(poisoned_items(poisoned)), redriven=True),
        Workload(f"chaos-{seed}-cancel", dict(plain_items(cancelled, seconds=CANCELLED_ITEM_SECONDS)), cancelled=True),
    ]


def plain_items(count: int, **fields: Any) -> Iterator[tuple[str, dict]]:
    for number in range(count):
        name = f"i{number}"
        yield name, {"id": name, "data_type": DATA_TYPES[number % len(DATA_TYPES)], **fields}


def poisoned_items(count: int) -> Iterator[tuple[str, dict]]:
    """One in a hundred fails, as many ask to be tried again; of each target one kills its process each time, one never
    answers and one takes all memory.
    """
    of_each_target = (0, 6, 9)
    worst = {n + 10 * kind: asks for kind, asks in enumerate(("die", "hang", "eat")) for n in of_each_target}
    for name, item in plain_items(count):
        number = int(name[1:])
        if number in worst:
            item[worst[number]] = True
        elif number % POISON_EVERY == 50:
            item["fail"] = "no price"
        elif number % POISON_EVERY == 70:
            item["tries"] = 2
        yield name, item
