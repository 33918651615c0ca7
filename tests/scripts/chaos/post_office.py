"""Sends messages through the injectors, in a process of its own: they replace functions of the emulator for good.

Prints {"sent": messages, "delivered": how often each arrived, "in_order": whether that was the order of sending,
"reported": the injectors' own counts}.
"""

import asyncio
import json
from collections import Counter

from ministack.services import sqs

from chaos import deliveries
from chaos.fault_plan import FaultPlan
from embedded_cloud import extension

SENT = 1000

extension.install()
fault_plan = FaultPlan(1)
deliveries.install(fault_plan)
url = asyncio.run(sqs._act_create_queue({"QueueName": "post"}, ""))["QueueUrl"]
for number in range(SENT):
    body = json.dumps({"detail-type": "Chunk Requested", "detail": {"job_id": "j", "run": 1, "chunk": number}})
    sqs._act_send_message({"QueueUrl": url, "MessageBody": body}, url)
messages = sqs._queues[url]["messages"]
delivered = Counter(json.loads(message["body"])["detail"]["chunk"] for message in messages)
taken = [json.loads(message["body"])["detail"]["chunk"] for message in messages.take(100, 30)]
reported = {fault: times for (fault, _, _), times in fault_plan.faults.items()}
print(json.dumps({"sent": SENT, "delivered": delivered, "in_order": taken == sorted(taken), "reported": reported}))
