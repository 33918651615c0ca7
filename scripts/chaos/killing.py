"""Processes that end: workers with chunks in hand, some of the containers by a notice; platform functions between two
writes.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import psutil
from ministack import app
from ministack.services import sqs

from chaos import callers
from chaos.fault_plan import FaultPlan, Name, name_of
from chaos.in_flight import InFlight, watch
from embedded_cloud.extension.replacing import around
from embedded_cloud.extension.thread_pool import ThreadPool

OF_WORKERS = 0.05
NOTICES = 0.5  # the share of containers that get SIGTERM first, as from Spot
CONTAINERS = ("route-probe-fargate", "route-probe-batch")
LONGEST_LIFE_SECONDS = 0.1
PREFIX = "rollcall-local-"
FAILURE_HANDLER = "handle-worker-failures"
# The share of a platform function's writes that are its last; one dispatch makes dozens.
OF_WRITES = {
    "track-settlements": 0.03,
    "dispatch-chunks": 0.02,
    "partition-job": 0.02,
    "arm-barrier": 0.05,
    FAILURE_HANDLER: 0.03,
    "sweep-jobs": 0.03,
    "finish-job": 0.05,
}
TABLES = ("PutItem", "UpdateItem", "DeleteItem")
OTHERS = ("SendMessage", "SendMessageBatch", "PutEvents", "SendTaskSuccess", "StartExecution")

killers = ThreadPool("killer", size=8)


def install(fault_plan: FaultPlan) -> None:
    @around(app, "_dispatch_service_request")
    async def dispatch(
        answer: Callable, method: str, path: str, headers: dict, body: bytes, query: dict, *rest: Any
    ) -> tuple:
        function = callers.function().removeprefix(PREFIX)
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if function not in OF_WRITES or action not in TABLES + OTHERS:
            return await answer(method, path, headers, body, query, *rest)
        name = Name(function)
        numbers = fault_plan.draw("kill", name)
        fault_plan.note("writes", name)
        dies, before = numbers.random() < OF_WRITES[function], numbers.random() < 0.5
        if dies and before and callers.kill(callers.process_at(callers.port())):
            fault_plan.note("killed before a write", name)
            return 500, {}, b""
        response = await answer(method, path, headers, body, query, *rest)
        if dies and not before and callers.kill(callers.process_at(callers.port())):
            fault_plan.note("killed after a write", name)
        return response

    @around(sqs, "_act_receive_message")
    async def receive(receive_now: Callable, data: dict, url: str) -> dict:
        answer = await receive_now(data, url)
        if "Messages" in answer and callers.function() != PREFIX + FAILURE_HANDLER:
            url = data.get("QueueUrl", url)
            route = Name(url.rpartition("/")[2].removeprefix(PREFIX))
            chunks = {each["ReceiptHandle"]: name_of(json.loads(each["Body"])) for each in answer["Messages"]}
            hand = InFlight(callers.port(), sqs._get_q(url)["messages"], chunks)
            fault_plan.note("had chunks in hand", route)
            numbers = fault_plan.draw("kill", next(iter(chunks.values())))
            if numbers.random() < OF_WORKERS:
                await asyncio.to_thread(hand.find_process)  # beforehand: it takes longer than a short chunk
                delay, notice = numbers.uniform(0, LONGEST_LIFE_SECONDS), numbers.random() < NOTICES
                end = tell_to_end if notice and route.kind in CONTAINERS else kill_at_work
                killers.submit_after(delay, end, fault_plan, route, hand)
            killers.submit(watch, hand)
        return answer


def tell_to_end(fault_plan: FaultPlan, route: Name, hand: InFlight) -> None:
    """Send SIGTERM to a worker at work."""
    process = hand.find_process()
    if process is None or not hand.left() or not callers.is_alive(process):
        fault_plan.note("escaped", route)
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
    fault_plan.note("told to end", route)


def kill_at_work(fault_plan: FaultPlan, route: Name, hand: InFlight) -> None:
    """Kill a worker, unless it is done with all the chunks it took."""
    runs = {name.run for name in hand.left().values()}
    if not runs or not callers.kill(hand.find_process()):
        fault_plan.note("escaped", route)
        return
    fault_plan.note("killed at work", route)
    for run in runs:
        fault_plan.note("killed with chunks of", Name(route.kind, run))
