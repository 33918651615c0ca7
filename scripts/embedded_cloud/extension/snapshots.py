"""The state is saved while the cloud runs, so that `kill -9` costs seconds and not everything.

The emulator saves on a clean stop only. Each of its files is replaced as a whole, so a kill in the
middle of a snapshot leaves the earlier one.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import eventbridge, lambda_svc

from embedded_cloud.extension.replacing import around

logger = logging.getLogger("rollcall.snapshots")

INTERVAL_SECONDS: float = 10
READS_PER_SERVICE = 5

_changed = threading.Event()
_saving = threading.Lock()


@around(app, "_dispatch_service_request")
async def note_request(dispatch: Callable, *arguments: Any, **options: Any) -> tuple:
    response = await dispatch(*arguments, **options)
    _changed.set()
    return response


@around(eventbridge, "_put_events")
def note_event(put: Callable, *arguments: Any, **options: Any) -> tuple:
    """Tasks, jobs and executions change without a request, but never without an event."""
    _changed.set()
    return put(*arguments, **options)


@around(app, "save_all")
def save_one_at_a_time(save: Callable, services: dict) -> None:
    with _saving:
        save({name: _steady(read) for name, read in services.items()})


def _steady(read: Callable) -> Callable:
    """A service's state, read again when a request changed it meanwhile."""

    def read_until_unchanged() -> Any:
        for _ in range(READS_PER_SERVICE):
            try:
                return read()
            except RuntimeError:
                time.sleep(0.01)
        return read()

    return read_until_unchanged


_known_code: set[str] | None = None


@around(lambda_svc, "_prune_orphan_code_blobs")
def keep_code_of_earlier_snapshot(prune: Callable, referenced: set[str]) -> None:
    """The emulator deletes old code before the file that names the new code is in place."""
    global _known_code
    if _known_code is not None:
        prune(referenced | _known_code)
    _known_code = referenced


def save_for_ever() -> None:
    pause = INTERVAL_SECONDS
    while True:
        time.sleep(pause)
        if not _changed.is_set():
            continue
        _changed.clear()
        started = time.monotonic()
        try:
            app.save_all(app._build_persistence_save_dict())
        except Exception:
            logger.exception("The snapshot failed; the earlier one is kept")
        # Saving much takes long and shares one interpreter with the work; it may have a tenth of it.
        pause = max(INTERVAL_SECONDS, 9 * (time.monotonic() - started))


if persistence.PERSIST_STATE:
    threading.Thread(target=save_for_ever, daemon=True, name="snapshots").start()
