"""Who was refused what is read out of whatever a platform says of it."""

import pytest

from rollcall_client.refusals import Refusal, read

ROLE = "arn:aws:sts::123456789012:assumed-role/rollcall-dev-dispatch-chunks/rollcall-dev-dispatch-chunks"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:rollcall-dev-route-equity"


@pytest.mark.parametrize(
    "text",
    [
        f"An error occurred (AccessDenied) when calling SendMessageBatch: User: {ROLE} is not authorized to perform: "
        f"sqs:SendMessage on resource: {QUEUE} because no identity-based policy allows it",
        f'{{"it":"User: {ROLE} is not authorized to perform: sqs:SendMessage on resource: \\"{QUEUE}\\" because"}}',
        f"User: {ROLE} is not authorized to perform: sqs:SendMessage with an explicit deny on resource: {QUEUE}.",
        f"User: {ROLE} is not authorized to perform: sqs:SendMessage on resource: {QUEUE}, because",
    ],
)
def test_role_action_and_resource_are_read_from_a_message_however_it_is_quoted(text):
    (refusal,) = read(text)
    assert refusal == Refusal("rollcall-dev-dispatch-chunks", "sqs:SendMessage", QUEUE)
    assert str(refusal).startswith(f"role rollcall-dev-dispatch-chunks may not sqs:SendMessage on {QUEUE}: none of its")


def test_a_service_is_let_in_by_the_policy_of_what_it_calls():
    (refusal,) = read("User: events.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: f")
    assert (
        str(refusal)
        == "events.amazonaws.com may not lambda:InvokeFunction on f: the resource's policy does not allow it"
    )


def test_a_message_without_a_resource_is_of_any():
    (refusal,) = read(f"User: {ROLE} is not authorized to perform: kms:Decrypt")
    assert (refusal.action, refusal.resource) == ("kms:Decrypt", "*")
    assert list(read("Task timed out after 3.00 seconds")) == []
