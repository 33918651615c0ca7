"""What cannot finish, and why: each reason names the number and the alternative."""

from math import ceil

from rollcall.dispatch.slots import START_SECONDS
from rollcall.engines import DISTRIBUTED, INLINE_CONCURRENCY, Engine, most_chunks
from rollcall_planner.engines import FLOWS, MARGIN_S
from rollcall_planner.flow import Flow
from rollcall_planner.limits import CONTROL_LAMBDAS, asked_for, on_instances, vcpu_quota
from rollcall_planner.profiles import Profile
from rollcall_planner.workload import Workload

UNIT_BYTES = 80  # one chunk in a state's input: {"chunk", "part", "offset", "length", "items"}
ANSWER_BYTES = 48  # one chunk in a Map's output: {"chunk", "succeeded", "failed"}
STATE_REST_BYTES = 4_000  # what else is in the state: names of manifests, functions, data types
BARRIER_WAIT_S = 604_800  # TimeoutSeconds of AwaitBarrier in asl/engines/events.asl.json
QUEUE_RETENTION_S = 14 * 86_400  # message_retention_seconds of a route's queue
CONTROL_TIMEOUT_S = 900  # partition_job, dispatch_chunks and record_answers
INLINE = (Engine.MAP, Engine.MAP_IN_MAP, Engine.MAP_IN_PARALLEL, Engine.CALLBACK, Engine.EVENTS_PER_ITEM)


def refusals(engine: Engine, workload: Workload, profile: Profile, flow: Flow | None = None) -> list[str]:
    """Why a job cannot finish with an engine; [] when it can."""
    found = [*cannot_run(engine, workload, profile), *too_many(engine, workload, profile)]
    if cannot_start(workload, profile):
        return found
    return found + too_long(engine, workload, profile, flow or FLOWS[engine](workload, profile))


def cannot_start(workload: Workload, profile: Profile) -> bool:
    """Whether not even one worker may run."""
    if workload.target == "lambda":
        return profile.quotas["lambda_concurrency"] < 1
    return vcpu_quota(workload, profile) < workload.vcpus


def cannot_run(engine: Engine, workload: Workload, profile: Profile) -> list[str]:
    """Targets an engine has not, workers that get no place, and chunks longer than a worker lives."""
    found = []
    if engine != Engine.EVENTS and workload.target != "lambda":
        found.append(f"engine {engine} calls Lambda, and the route runs on {workload.target}; use --engine events")
    if cannot_start(workload, profile):
        if workload.target == "lambda":
            return [*found, "the account's Lambda concurrency is 0; raise it in Service Quotas"]
        quota = vcpu_quota(workload, profile)
        return [
            *found,
            f"a worker needs {workload.vcpus:g} vCPU and the quota is {quota:g}; raise it or use a smaller task",
        ]
    overhead = profile["chunk_overhead"] + (MARGIN_S if engine == Engine.EVENTS else MARGIN_S / 2)
    most = profile.quotas["lambda_timeout_s"] if workload.target == "lambda" else 719 * 60
    lives = min(workload.timeout_s or most, most)
    if workload.work_s + overhead > lives:
        fits = int((lives - overhead) / workload.seconds) if workload.seconds else 0
        cure = f"at most {fits:,} items a chunk (--chunk {fits})" if fits else "a route on Fargate or Batch"
        found.append(
            f"a chunk of {workload.chunk_size:,} items takes {workload.work_s:,.0f} s and {overhead:.0f} s more to "
            f"close, and a worker lives {lives:,.0f} s; use {cure}"
        )
    return found


def too_many(engine: Engine, workload: Workload, profile: Profile) -> list[str]:
    """Items or chunks beyond what an execution, a state or a function can hold or read in time."""
    found, chunks = [], workload.chunks
    bigger = f"larger chunks (--chunk {{}}), or --engine {Engine.EVENTS}"
    most = most_chunks(engine)
    if most is not None and chunks > most:
        found.append(
            f"{chunks:,} chunks do not fit the history of {profile.quotas['history_events']:,} events of one "
            f"execution: engine {engine} has room for {most:,}; use {bigger.format(ceil(workload.items / most))}"
        )
    for name, size in (("input", UNIT_BYTES), ("output", ANSWER_BYTES)):
        room = int((profile.quotas["payload_bytes"] - STATE_REST_BYTES) // size)
        if engine in INLINE and chunks > room:
            found.append(
                f"{chunks:,} chunks of about {size} bytes do not fit a state's {name} of "
                f"{profile.quotas['payload_bytes']:,} bytes, which holds {room:,}; "
                f"use {bigger.format(ceil(workload.items / room))}"
            )
    if engine in DISTRIBUTED and chunks > profile.quotas["distributed_items"]:
        found.append(f"a Distributed Map reads {profile.quotas['distributed_items']:,} chunks, these are {chunks:,}; "
                     "use larger chunks")  # fmt: skip
    return found + [
        f"{what}: {count:,} take {count / rate:,.0f} s and the function has {CONTROL_TIMEOUT_S} s, enough for "
        f"{int(rate * CONTROL_TIMEOUT_S):,}; {cure}"
        for applies, what, count, rate, cure in (
            (True, "partition_job reads the items", workload.items, profile["partition_items_per_s"],
             "submit the input in parts"),
            (engine == Engine.EVENTS, "dispatch_chunks enqueues the chunks", chunks, profile["dispatch_chunks_per_s"],
             "use larger chunks (--chunk)"),
            (engine in DISTRIBUTED, "record_answers reads the answers", chunks, profile["answers_per_s"],
             "use larger chunks (--chunk)"),
        )
        if applies and count / rate > CONTROL_TIMEOUT_S
    ]  # fmt: skip


def too_long(engine: Engine, workload: Workload, profile: Profile, flow: Flow) -> list[str]:
    """Jobs that outlast what waits for them."""
    found = []
    waits = flow.computed - flow.stage.work
    expiry = profile.quotas["async_expiry_s"]
    if engine == Engine.EVENTS_PER_ITEM and waits > expiry:
        found.append(
            f"all items are handed to Lambda at once and the last waits {waits:,.0f} s, where an asynchronous event "
            f"expires after {expiry:,} s; use --engine events, which pulls, or raise the Lambda concurrency"
        )
    for applies, seconds, what in (
        (engine in (Engine.EVENTS, Engine.EVENTS_PER_ITEM), BARRIER_WAIT_S, "the job's state machine waits"),
        (engine == Engine.EVENTS, QUEUE_RETENTION_S, "SQS keeps a chunk"),
    ):
        if applies and flow.makespan > seconds:
            needed = ceil(asked_for(workload, profile) * flow.makespan / seconds)
            found.append(
                f"the job takes {flow.makespan / 86400:,.1f} days and {what} {seconds / 86400:.0f} days; "
                f"use a concurrency of {needed:,} or more, or submit it in parts"
            )
    return found


def warnings(engine: Engine, workload: Workload, profile: Profile, flow: Flow) -> list[str]:
    """What will not fail but go otherwise than asked for."""
    found, asked = [], asked_for(workload, profile)
    if workload.concurrency and workload.target == "lambda" and asked > profile.quotas["lambda_concurrency"]:
        whose = "the Managed Instances run" if on_instances(profile) else "the account runs"
        found.append(f"{asked:,} workers are asked for and {whose} {profile.quotas['lambda_concurrency']:,} "
                     "Lambdas at once")  # fmt: skip
    shared = workload.target == "lambda" and not on_instances(profile)
    if engine == Engine.EVENTS and shared and asked >= profile.quotas["lambda_concurrency"]:
        found.append(f"workers may take all {profile.quotas['lambda_concurrency']:,} Lambdas of the account; the "
                     f"functions that run jobs then wait for a place: leave them {CONTROL_LAMBDAS}")  # fmt: skip
    single = (Engine.MAP, Engine.CALLBACK)
    if engine in single and asked > INLINE_CONCURRENCY:
        found.append(f"an inline Map runs {INLINE_CONCURRENCY} iterations at once, whatever more is asked for")
    in_hand = flow.peak * flow.pulled
    if engine == Engine.EVENTS and in_hand > profile.quotas["sqs_in_flight"]:
        found.append(f"{in_hand:,} chunks would be in hand at once and SQS keeps {profile.quotas['sqs_in_flight']:,} "
                     "in flight; workers get less at a time then")  # fmt: skip
    valid = START_SECONDS[workload.target]
    rate = {"fargate": "fargate_launch_per_s", "batch": "fargate_launch_per_s"}.get(workload.target)
    if rate and engine == Engine.EVENTS:
        starting = max(0, flow.peak - profile.quotas["fargate_burst"]) / profile.quotas[rate]
        if starting > valid:
            found.append(f"starting {flow.peak:,} workers takes {starting:,.0f} s, and a request for one is good for "
                         f"{valid} s; the sweeper asks again for those that are late")  # fmt: skip
    return found
