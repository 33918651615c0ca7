"""A Distributed Map's ItemBatcher.

AWS, "ItemBatcher (Map)": a child gets {"BatchInput": …, "Items": […]}; a batch ends at the limit of its items or of
its bytes, whichever comes first.
"""

import json

from ministack.services import stepfunctions

from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError


def batches(batcher: dict | None, items: list, effective: object, context: dict) -> list:
    """What the children get: the items themselves without a batcher. Raises ExecutionError."""
    if not batcher:
        return items
    most = _limit(batcher, "MaxItemsPerBatch", effective, context)
    most_bytes = _limit(batcher, "MaxInputBytesPerBatch", effective, context)
    if not most and not most_bytes:
        raise ExecutionError("States.Runtime", "ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch")
    common = {}
    if "BatchInput" in batcher:
        common = {"BatchInput": stepfunctions._resolve_params_obj(batcher["BatchInput"], effective, context)}
    found: list[dict] = []
    batch: list = []
    size = 0
    for item in items:
        length = len(json.dumps(item)) if most_bytes else 0
        if batch and (len(batch) == most or (most_bytes and size + length > most_bytes)):
            found.append({**common, "Items": batch})
            batch, size = [], 0
        batch.append(item)
        size += length
    return [*found, {**common, "Items": batch}] if batch else found


def _limit(batcher: dict, name: str, effective: object, context: dict) -> int | None:
    if f"{name}Path" in batcher:
        return stepfunctions._resolve_path_or_ctx(batcher[f"{name}Path"], effective, context)
    return batcher.get(name)
