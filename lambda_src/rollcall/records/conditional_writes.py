"""Writes to DynamoDB that are made only where a condition holds."""

from collections.abc import Callable

from botocore.exceptions import ClientError


def taken(write: Callable[[], object]) -> bool:
    """Whether a conditional write was made; one that meets a transaction on its row is made again."""
    while True:
        try:
            write()
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            if error.response["Error"]["Code"] != "TransactionConflictException":
                raise
        else:
            return True
