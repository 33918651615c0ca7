"""Events that are lost, doubled, late and out of order: on the bus and in the queues."""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge, sqs

from chaos import time_acceleration
from chaos.fault_plan import FaultPlan, Name, name_of
from embedded_cloud.extension.eventbridge.delivery import deliveries
from embedded_cloud.extension.replacing import around, instead
from embedded_cloud.extension.sqs.fair_queue import FairQueue

NEVER_SECONDS = 900


def install(fault_plan: FaultPlan) -> None:
    @around(eventbridge, "_invoke_target")
    def deliver(deliver_now: Callable, target: dict, event: dict, rule: dict, view: Any = None) -> None:
        view = view or eventbridge._pattern_event_view(event)
        reported = view.event_with_detail()
        name = name_of(reported)
        delays = fault_plan.deliveries(name)
        for delay in delays:
            deliveries.submit_after(delay, deliver_now, target, event, rule, view)
        if delays and name.kind == "Worker Requested":
            time_acceleration.started.add(reported["detail"]["worker"])

    @around(sqs, "_act_send_message")
    def send(send_now: Callable, data: dict, url: str) -> dict:
        delays = fault_plan.deliveries(name_of(json.loads(data["MessageBody"])))
        own = min(int(data.get("DelaySeconds") or 0), time_acceleration.SOON_SECONDS)
        answers = [send_now({**data, "DelaySeconds": own + round(d)}, url) for d in delays or [NEVER_SECONDS - own]]
        if not delays:
            messages = sqs._get_q(data.get("QueueUrl", url))["messages"]
            messages.remove({"id": answers[0]["MessageId"], "receipt_handle": None})
        return answers[0]

    add_in_order = FairQueue.add

    @instead(FairQueue, "add")
    def add(line: FairQueue, group: str | None, _number: int, message_id: str) -> None:
        add_in_order(line, group, fault_plan.draw("order", Name("message")).random(), message_id)
