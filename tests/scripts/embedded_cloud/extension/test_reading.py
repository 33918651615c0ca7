import asyncio

import pytest

from embedded_cloud.extension import reading

GROWN = RuntimeError("dictionary changed size during iteration")


def ask(action: str, *outcomes):
    """What a call of DynamoDB comes to, whose handler does these things in turn; and how often it was called."""
    left = list(outcomes)

    async def handle(*_):
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    headers = {"x-amz-target": f"DynamoDB_20120810.{action}"}
    answer = reading.read_again_when_it_has_grown(handle, "dynamodb", "POST", "/", headers, b"{}", {})
    return asyncio.run(answer), len(outcomes) - len(left)


@pytest.mark.parametrize("action", ["Query", "Scan", "DescribeTable", "ListTables", "BatchGetItem"])
def test_a_read_whose_data_grew_meanwhile_is_made_again(action):
    assert ask(action, GROWN, GROWN, (200, {}, b"{}")) == ((200, {}, b"{}"), 3)


@pytest.mark.parametrize(("action", "error"), [("PutItem", GROWN), ("Query", RuntimeError("no such table"))])
def test_a_write_is_never_made_again_and_no_other_fault_is_hidden(action, error):
    with pytest.raises(RuntimeError, match=str(error)):
        ask(action, error, (200, {}, b"{}"))
