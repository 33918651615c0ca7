"""Queries of DynamoDB, page after page: one page holds 1 MB at most, whatever was asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


def query_all(table: "Table", **request: Any) -> Iterator[dict]:
    """Every row a query finds, in order."""
    while True:
        page = table.query(**request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
