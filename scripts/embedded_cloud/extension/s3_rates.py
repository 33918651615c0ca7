"""S3 asks to slow down when the keys of one prefix are asked for too often.

AWS, "Optimizing Amazon S3 performance": at least 3,500 writes and 5,500 reads a second for each partitioned prefix.
What S3 splits up, and when, is its own affair; here a prefix is all before a key's last slash, and is never split.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from ministack.services import s3

from embedded_cloud.extension.replacing import around
from embedded_cloud.settings import CloudSettings

READS_A_SECOND = 5500
WRITES = {"PUT", "POST", "DELETE"}

settings = CloudSettings.from_environment()


class Rates:
    """How often each prefix was asked for in the second that runs."""

    def __init__(self) -> None:
        self._counting, self._second = threading.Lock(), 0
        self._counts: Counter[tuple] = Counter()

    def exceeded(self, prefix: tuple, most: int) -> bool:
        with self._counting:
            if self._second != (second := int(time.time())):
                self._second, self._counts = second, Counter()
            self._counts[prefix] += 1
            return self._counts[prefix] > most


_rates = Rates()


@around(s3, "_dispatch")
def dispatch(answer: Callable, method: str, bucket: str, key: str, *rest: Any) -> tuple:
    writes = method in WRITES
    most = settings.prefix_writes if writes else READS_A_SECOND
    if key and _rates.exceeded((bucket, key.rpartition("/")[0], writes), most):
        return s3._error("SlowDown", "Please reduce your request rate.", 503)
    return answer(method, bucket, key, *rest)
