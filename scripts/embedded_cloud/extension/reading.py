"""Reading while others write: functions, containers and executions write from threads of their own, and what the
emulator walks through meanwhile may grow under it. To read changes nothing, so it is done again."""

from collections.abc import Callable
from functools import partial

from ministack import app

READS = ("BatchGet", "Describe", "Filter", "Get", "Head", "List", "Query", "Scan")
GROWN = "changed size during iteration"


async def read_again_when_it_has_grown(
    handle: Callable, service: str, method: str, path: str, headers: dict, body: bytes, query: dict
) -> tuple:
    while True:
        try:
            return await handle(method, path, headers, body, query)
        except RuntimeError as error:
            reads = app._ct_event_name(service, method, path, headers, query).startswith(READS)
            if GROWN not in str(error) or not reads:
                raise


for service, handler in app.SERVICE_HANDLERS.items():
    app.SERVICE_HANDLERS[service] = partial(read_again_when_it_has_grown, handler, service)
