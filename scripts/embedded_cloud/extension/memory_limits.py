"""What takes more memory than its function, task or job has is killed, as the kernel does it in a sandbox of AWS's.

AWS: "If your container attempts to exceed the memory specified here, the container is killed." Of its processes that
one goes first which asked for it (oom_score_adj), else the largest.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ministack.core import lambda_runtime

from embedded_cloud.extension.containers.containers import client

LOOK_SECONDS = 0.25
MEGABYTE = 1024 * 1024
PAGE = os.sysconf("SC_PAGE_SIZE")


def limits() -> Iterator[tuple[int, int]]:
    """(first process, megabytes) of each sandbox at work."""
    for workers in list(lambda_runtime._workers.values()):
        yield from ((w._proc.pid, w.config.get("MemorySize", 128)) for w in list(workers) if w.in_use and w._proc)
    yield from ((each.pid, each.megabytes) for each in client.containers.list() if each.megabytes)


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from family(int(child))


def bytes_of(pid: int) -> int:
    """What a process has in memory for itself alone."""
    with suppress(OSError, ValueError):
        _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
        return (resident - shared) * PAGE
    return 0


def asked_to_go_first(pid: int) -> int:
    with suppress(OSError, ValueError):
        return int(Path(f"/proc/{pid}/oom_score_adj").read_text())
    return 0


def keep_to(megabytes: int, pid: int) -> None:
    sizes = {each: bytes_of(each) for each in family(pid)}
    if sum(sizes.values()) > megabytes * MEGABYTE:
        with suppress(ProcessLookupError):
            os.kill(max(sizes, key=lambda each: (asked_to_go_first(each), sizes[each])), signal.SIGKILL)


def keep_for_ever() -> None:
    while True:
        for pid, megabytes in limits():
            keep_to(megabytes, pid)
        time.sleep(LOOK_SECONDS)


threading.Thread(target=keep_for_ever, daemon=True, name="memory-limits").start()
