"""Counts every API call by service and action, so that what a job costs can be read off a real run.

GET /_rollcall/calls answers {"dynamodb:UpdateItem": 12, …} since the cloud was started.
"""

import json
from collections import Counter

from ministack import app

from embedded_cloud.extension.replacing import around

PATH = "/_rollcall/calls"
counts: Counter[str] = Counter()


@around(app, "_maybe_record_cloudtrail")
def count_call(record, service: str, method: str, path: str, headers: dict, body, query: dict, *rest) -> None:
    counts[f"{service}:{app._ct_event_name(service, method, path, headers, query)}"] += 1
    record(service, method, path, headers, body, query, *rest)


@around(app, "_handle_ready_request")
def answer_counts(original, path: str, request_id: str) -> tuple | None:
    if path != PATH:
        return original(path, request_id)
    return 200, {"Content-Type": "application/json"}, json.dumps(counts, sort_keys=True).encode()
