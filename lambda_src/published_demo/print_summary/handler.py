"""Lambda entry point: the next step of the published demo."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict, context: "LambdaContext") -> dict:
    """Print what it is called with; answers nothing."""
    print(f"Summary {event}")
    return {}
