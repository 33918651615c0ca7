"""DynamoDB: an expression has a limited number of operators and functions; the emulator limits only its length.

AWS, "Count expression operators" and "Quotas": 300 in one expression, and 100 operands of IN.
"""

import re
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import dynamodb

from embedded_cloud.extension.replacing import around

MOST_OPERATORS = 300
MOST_OPERANDS = 100
FUNCTIONS = "attribute_exists|attribute_not_exists|attribute_type|begins_with|contains|size|if_not_exists|list_append"
OPERATORS = re.compile(rf"<>|<=|>=|<|>|=|\+|(?<=\s)-|\b(?:AND|OR|NOT|IN|BETWEEN)\b|\b(?:{FUNCTIONS})\b(?=\s*\()", re.I)
OPERANDS_OF_IN = re.compile(r"\bIN\s*\(([^)]*)\)", re.I)


def too_much(kind: str, expression: str) -> str | None:
    """What of an expression is more than DynamoDB takes. The = of an assignment is no operator."""
    assignments = expression.count("=") if kind == "UpdateExpression" else 0
    if len(OPERATORS.findall(expression)) - assignments > MOST_OPERATORS:
        return f"Invalid {kind}: The expression contains too many operators; maximum operator count: {MOST_OPERATORS}"
    if any(operands.count(",") >= MOST_OPERANDS for operands in OPERANDS_OF_IN.findall(expression)):
        return f"Invalid {kind}: The IN operator is provided with too many operands; maximum: {MOST_OPERANDS}"
    return None


@around(dynamodb, "_expression_size_error")
def refuse(refuse_long: Callable, request: dict, kinds: tuple, *wording: Any) -> tuple | None:
    """Of a request or of one write in a transaction; the emulator asks this before it reads an expression."""
    found = filter(None, (too_much(kind, request.get(kind) or "") for kind in kinds))
    message = next(found, None)
    return refuse_long(request, kinds, *wording) or (
        error_response_json("ValidationException", message, 400) if message else None
    )
