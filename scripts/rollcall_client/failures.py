"""What failed in a job, grouped by error."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

SAMPLES = 3
PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?")


@dataclass
class Failure:
    """Items of one data type that failed with the same error, but for quoted words and numbers in it.

    `cause` is what the error was raised from, `retryable` whether the same items may succeed another
    time, `attempts` how often at most one of them was tried.
    """

    data_type: str
    error: str
    message: str
    cause: str
    retryable: bool
    attempts: int = 0
    count: int = 0
    samples: list[str] = field(default_factory=list)


def group(lines: Iterable[dict]) -> list[Failure]:
    """Failures in result lines, the most frequent first; `samples` are ids of the first few items."""
    found: dict[tuple, Failure] = {}
    for line in lines:
        if line["ok"]:
            continue
        data_type, error = line["data_type"], line["error"]
        kind, message, again = error["type"], error["message"], error["retryable"]
        key = (data_type, kind, PARTICULARS.sub("…", message), again)
        failure = found.setdefault(key, Failure(data_type, kind, message, error.get("cause", ""), again))
        failure.count += 1
        failure.attempts = max(failure.attempts, error["attempts"])
        if len(failure.samples) < SAMPLES:
            failure.samples.append(line["id"])
    return sorted(found.values(), key=lambda failure: -failure.count)
