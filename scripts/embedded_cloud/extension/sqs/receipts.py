"""SQS: what is done with a message's receipt handle, without a look at every other message."""

import time
from collections.abc import Callable

from ministack.services import sqs

from embedded_cloud.extension.replacing import around, instead
from embedded_cloud.extension.sqs.message_store import MessageStore


@around(sqs, "_act_delete_message")
def delete(delete_in_list: Callable, data: dict, url: str) -> dict:
    messages = sqs._get_q(data.get("QueueUrl", url))["messages"]
    if not isinstance(messages, MessageStore):
        return delete_in_list(data, url)
    messages.remove(_received(messages, data))
    return {}


@around(sqs, "_act_change_visibility")
def change_visibility(change_in_list: Callable, data: dict, url: str) -> dict:
    """AWS: a message that is visible again cannot be hidden or shown by the receive before."""
    messages = sqs._get_q(data.get("QueueUrl", url))["messages"]
    if not isinstance(messages, MessageStore):
        return change_in_list(data, url)
    seconds = int(data.get("VisibilityTimeout", 30))
    if not messages.hide_until(_received(messages, data), time.time() + seconds):
        raise sqs._Err("MessageNotInflight", "The specified message isn't in flight.")
    if not seconds:
        sqs.esm_wake.set()
    return {}


@instead(sqs, "_act_delete_message_batch")
def delete_batch(data: dict, url: str) -> dict:
    return _each(sqs._act_delete_message, "DeleteMessageBatchRequestEntry", data, url)


@instead(sqs, "_act_change_visibility_batch")
def change_visibility_batch(data: dict, url: str) -> dict:
    return _each(sqs._act_change_visibility, "ChangeMessageVisibilityBatchRequestEntry", data, url)


@around(sqs, "_delete_messages_for_esm")
def delete_consumed(delete_in_list: Callable, url: str, handles: set[str]) -> None:
    messages = sqs._get_q(url)["messages"]
    if isinstance(messages, MessageStore):
        for message in filter(None, map(messages.find, handles)):
            messages.remove(message)
    else:
        delete_in_list(url, handles)


def _received(messages: MessageStore, data: dict) -> dict:
    if not data.get("ReceiptHandle"):
        raise sqs._Err("MissingParameter", "The request must contain the parameter ReceiptHandle.")
    message = messages.find(data["ReceiptHandle"])
    if not message:
        raise sqs._Err("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
    return message


def _each(action: Callable, kind: str, data: dict, url: str) -> dict:
    """An entry that fails is reported, and the others are done."""
    answer: dict[str, list] = {"Successful": [], "Failed": []}
    entries, url = data.get("Entries", []), data.get("QueueUrl", url)
    sqs._get_q(url)
    sqs._validate_batch_entries(entries, kind)
    for entry in entries:
        try:
            action({**entry, "QueueUrl": url}, url)
            answer["Successful"].append({"Id": entry["Id"]})
        except sqs._Err as error:
            failure = {"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True}
            answer["Failed"].append(failure)
    return answer
