"""Why an execution failed, as Step Functions tells of it."""

import json
from contextlib import suppress

LONGEST_CAUSE = 2000


def cause(text: str) -> str:
    """The message inside a Lambda error's JSON cause, or the cause as it is; at most 2,000 characters."""
    with suppress(ValueError, KeyError, TypeError):
        text = json.loads(text)["errorMessage"]
    return str(text)[:LONGEST_CAUSE]
