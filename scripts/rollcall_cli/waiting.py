"""What a job waits for: the chunks that have not settled, where they are, and what happens next."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from rollcall import jobs as job_record
from rollcall.barrier import shard_key
from rollcall.jobs import JobState, Part, Plan
from rollcall_cli.environment import Environment
from rollcall_cli.reading import settled_sets

RANGES_SHOWN = 20
STATES = {
    JobState.PARTITIONING: "its input is being read into chunks; nothing is dispatched before that is done",
    JobState.SETTLED: "every chunk has settled; its next step is running",
}


@dataclass(frozen=True)
class Waiting:
    """One data type with unsettled chunks; queue counts are SQS's approximate ones."""

    data_type: str
    target: str
    chunks: list[int]
    items: int
    in_queue: int
    in_work: int
    next_action: str


def waiting_for(env: Environment, row: dict) -> tuple[str, list[Waiting]]:
    """(in a sentence, per data type) what a job waits for."""
    state = JobState(row["state"])
    if state.ended:
        return f"it waits for nothing: it ended {state} at {row.get('finished_at', 'an unknown time')}", []
    if state in STATES:
        return STATES[state], []
    plan = job_record.plan_of(row)
    full, partly = settled_sets(env, plan)
    missing = [(part, missing_chunks(plan, part, full, partly)) for part in plan.parts]
    unsettled = [look_at(env, part, chunks) for part, chunks in missing if chunks]
    chunks = sum(len(waiting.chunks) for waiting in unsettled)
    return f"{chunks:,} of {plan.chunks:,} chunks have not settled", unsettled


def missing_chunks(plan: Plan, part: Part, full: set[int], partly: dict[str, set[int]]) -> list[int]:
    """The chunks of one data type that are in no set."""
    missing, first = [], part.first_chunk
    for shard, size in enumerate(part.shard_sizes, part.first_shard):
        if shard not in full:
            settled = partly.get(shard_key(plan, shard), set())
            missing += [chunk for chunk in range(first, first + size) if chunk not in settled]
        first += size
    return missing


def look_at(env: Environment, part: Part, chunks: list[int]) -> Waiting:
    """Where the missing chunks of one data type are."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    counts = env.client("sqs").get_queue_attributes(QueueUrl=part.queue_url, AttributeNames=list(names))["Attributes"]
    in_queue, in_work = (int(counts[name]) for name in names)
    items = -(-len(chunks) * part.items // part.chunks)
    minutes = env.routes[part.data_type].timeout_seconds // 60 + 1 if part.data_type in env.routes else 0
    action = next_action(in_queue, in_work, minutes)
    return Waiting(part.data_type, part.target, chunks, items, in_queue, in_work, action)


def next_action(in_queue: int, in_work: int, minutes: int) -> str:
    if in_work:
        return f"workers pull on; a chunk whose worker died comes back within {minutes} minutes"
    if in_queue:
        return "a worker is started within a minute"
    return f"pushed to workers; one that dies is replaced, or its items fail, within {minutes} minutes"


def ranges(numbers: Iterable[int]) -> Iterator[str]:
    """Ascending numbers as ranges: 1, 2, 3, 7 → "1-3", "7"."""
    first = last = None
    for number in [*numbers, None]:
        if first is not None and number != last + 1:
            yield f"{first}-{last}" if last > first else str(first)
            first = None
        first = number if first is None else first
        last = number


def in_words(waiting: Waiting) -> str:
    shown = list(ranges(waiting.chunks))
    more = f" and {len(shown) - RANGES_SHOWN} more ranges" if len(shown) > RANGES_SHOWN else ""
    return (
        f"{waiting.data_type} on {waiting.target}: chunks {', '.join(shown[:RANGES_SHOWN])}{more} "
        f"(about {waiting.items:,} items); {waiting.in_queue:,} chunks in its queue, {waiting.in_work:,} in work; "
        f"{waiting.next_action}"
    )


def as_json(sentence: str, waiting: list[Waiting]) -> dict:
    return {"why": sentence, "waiting_for": [asdict(each) for each in waiting]}
