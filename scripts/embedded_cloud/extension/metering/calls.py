"""Counts every API call by service and action, and what AWS bills that is no call, so that what a job costs can be
read off a real run.

GET /_rollcall/calls answers {"dynamodb:UpdateItem": 12, …} since the cloud was started. Besides the calls, also those
that states make and those that AWS makes for a queue's function:

- states:StateTransition: states entered by Standard executions, in branches and iterations too, their retries, and one
  of the parent for each child of a Distributed Map
- states:StandardExecution, states:ExpressExecution: executions and children begun
- states:ExpressMilliseconds: their duration, each rounded up to 100 ms as it is billed
- lambda:Invocation, lambda:Milliseconds, lambda:MegabyteMilliseconds: runs of a function whoever asked for them, how
  long they took (starting a worker, and this machine's own load, included), and that times the function's memory
- events:Event: entries put by clients and states, one for each 64 KiB begun; events of AWS services cost nothing
- events:TargetInvocation: matches of an event with a target of a rule, without retries
- dynamodb:WriteUnit, dynamodb:ReadUnit: request units, those of indexes and refused conditions included
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ministack import app

from embedded_cloud.extension.replacing import around

PATH = "/_rollcall/calls"
counts: defaultdict[str, float] = defaultdict(float)
_counting = threading.Lock()


def count(name: str, amount: float = 1) -> None:
    """Safe to call from any thread."""
    with _counting:
        counts[name] += amount


@around(app, "_maybe_record_cloudtrail")
def count_call(
    record: Callable, service: str, method: str, path: str, headers: dict, body: Any, query: dict, *rest: Any
) -> None:
    count(f"{service}:{app._ct_event_name(service, method, path, headers, query)}")
    record(service, method, path, headers, body, query, *rest)


@around(app, "_handle_ready_request")
def answer_counts(original: Callable, path: str, request_id: str) -> tuple | None:
    if path != PATH:
        return original(path, request_id)
    with _counting:
        known = dict(counts)
    return 200, {"Content-Type": "application/json"}, json.dumps(known, sort_keys=True).encode()
