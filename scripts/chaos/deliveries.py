"""Events that are lost, doubled, late and out of order: on the bus and in the queues."""

import json

from ministack.services import eventbridge, sqs

from chaos import haste
from chaos.fates import Fates, Name, name_of
from embedded_cloud.extension.eventbridge import deliveries
from embedded_cloud.extension.fair_line import FairLine
from embedded_cloud.extension.replacing import around, instead

NEVER_SECONDS = 900


def install(fates: Fates) -> None:
    @around(eventbridge, "_invoke_target")
    def deliver(deliver_now, target: dict, event: dict, rule: dict, view=None) -> None:
        view = view or eventbridge._pattern_event_view(event)
        told = view.event_with_detail()
        name = name_of(told)
        delays = fates.deliveries(name)
        for delay in delays:
            deliveries.submit_after(delay, deliver_now, target, event, rule, view)
        if delays and name.kind == "Worker Requested":
            haste.started.add(told["detail"]["worker"])

    @around(sqs, "_act_send_message")
    def send(send_now, data: dict, url: str) -> dict:
        delays = fates.deliveries(name_of(json.loads(data["MessageBody"])))
        own = min(int(data.get("DelaySeconds") or 0), haste.SOON_SECONDS)
        answers = [send_now({**data, "DelaySeconds": own + round(d)}, url) for d in delays or [NEVER_SECONDS - own]]
        if not delays:
            messages = sqs._get_q(data.get("QueueUrl", url))["messages"]
            messages.remove({"id": answers[0]["MessageId"], "receipt_handle": None})
        return answers[0]

    add_in_order = FairLine.add

    @instead(FairLine, "add")
    def add(line: FairLine, group: str | None, _number: int, message_id: str) -> None:
        add_in_order(line, group, fates.draw("order", Name("message")).random(), message_id)
