"""What counted calls would cost on AWS, in US dollars, by the price list in the quota file.

Orchestration is all that brings items to workers and knows when they are done: states, events, queues, tables and the
Lambdas between. Apart from it stands what any engine pays: the workers' compute, the objects in S3, and the merging of
results after the job has ended.
"""

from dataclasses import dataclass
from functools import cache

import yaml

from rollcall_bench.counting import APART, by_kind
from rollcall_client.environment import ROOT

FILE = ROOT / "scripts" / "rollcall_planner" / "data" / "quotas.yaml"
MILLION = 1_000_000
EXPRESS_GB = 64 / 1024  # billed in steps of 64 MB, and no execution here needs a second one


@dataclass(frozen=True)
class Prices:
    """US dollars for one of each, but S3's, which are for one request."""

    transition: float
    express_request: float
    express_gb_second: float
    event: float
    sqs_request: float
    sqs_fair_request: float
    write_unit: float
    read_unit: float
    lambda_request: float
    lambda_gb_second: float
    s3_put: float
    s3_get: float


@cache
def read() -> Prices:
    """Of us-east-1, on demand, without free tiers."""
    pricing = yaml.safe_load(FILE.read_text())["pricing"]

    def price(service: str, name: str, divisor: int = 1) -> float:
        return pricing[service][name]["value"] / divisor

    return Prices(
        transition=price("step_functions", "standard_transition"),
        express_request=price("step_functions", "express_request", MILLION),
        express_gb_second=price("step_functions", "express_gb_second_tier1"),
        event=price("eventbridge", "custom_event_published", MILLION),
        sqs_request=price("sqs", "standard_request", MILLION),
        sqs_fair_request=price("sqs", "fair_queue_surcharge", MILLION),
        write_unit=price("dynamodb", "on_demand_write", MILLION),
        read_unit=price("dynamodb", "on_demand_read", MILLION),
        lambda_request=price("lambda", "request", MILLION),
        lambda_gb_second=price("lambda", "gb_second_arm"),
        s3_put=price("s3", "put", 1000),
        s3_get=price("s3", "get", 1000),
    )


def orchestration(counts: dict[str, float], prices: Prices) -> dict[str, float]:
    """By service. A request of SQS is taken for one of 64 KB at most; every batch sent pays for a fair queue."""
    runs, memory = control_invocations(counts), control(counts, "MegabyteMilliseconds")
    return {
        "step_functions": counts.get("states:StateTransition", 0) * prices.transition
        + counts.get("states:ExpressExecution", 0) * prices.express_request
        + counts.get("states:ExpressMilliseconds", 0) / 1000 * EXPRESS_GB * prices.express_gb_second,
        "eventbridge": counts.get("events:Event", 0) * prices.event,
        "sqs": by_kind(counts)["sqs_requests"] * prices.sqs_request
        + counts.get("sqs:SendMessageBatch", 0) * prices.sqs_fair_request,
        "dynamodb": counts.get("dynamodb:WriteUnit", 0) * prices.write_unit
        + counts.get("dynamodb:ReadUnit", 0) * prices.read_unit,
        "lambda": of_lambda(runs, memory, prices),
    }


def control_invocations(counts: dict[str, float]) -> float:
    return control(counts, "Invocation")


def control(counts: dict[str, float], what: str) -> float:
    """What is counted of all Lambdas but the workers and those that merge results."""
    return counts.get(f"lambda:{what}", 0) - sum(counts.get(f"{name}:{what}", 0) for name in APART)


def rest(counts: dict[str, float], prices: Prices) -> dict[str, float]:
    """What the items themselves cost, whatever brings them to a worker."""
    kinds = by_kind(counts)
    workers, merging = (
        of_lambda(counts.get(f"{name}:Invocation", 0), counts.get(f"{name}:MegabyteMilliseconds", 0), prices)
        for name in APART
    )
    return {
        "workers": workers,
        "merging": merging,
        "storage": kinds["s3_puts"] * prices.s3_put + kinds["s3_gets"] * prices.s3_get,
    }


def of_lambda(runs: float, megabyte_milliseconds: float, prices: Prices) -> float:
    return runs * prices.lambda_request + megabyte_milliseconds / 1024 / 1000 * prices.lambda_gb_second


def per_million(costs: dict[str, float], items: int) -> dict[str, float]:
    return {name: round(cost / items * MILLION, 4) for name, cost in costs.items()}
