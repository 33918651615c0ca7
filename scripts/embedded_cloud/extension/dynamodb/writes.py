"""DynamoDB: one write at a time.

The emulator reads, changes and writes an item without a lock, and state machines call it from many
threads; two of them would lose an update now and then.
"""

import threading
from collections.abc import Callable

from ministack.services import dynamodb

from embedded_cloud.extension.replacing import around

# A transaction calls the single writes.
_writing = threading.RLock()


@around(dynamodb, "_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items")
def write(write_items: Callable, request: dict) -> tuple:
    with _writing:
        return write_items(request)
