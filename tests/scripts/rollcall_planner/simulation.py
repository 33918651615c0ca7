"""The engines played event by event: items, tokens, workers and functions, each on its own.

What the planner computes in closed form is played here with simpy, from the quotas and parameters of a profile; no
formula of the planner is used. Only how an engine is built is known to both.
"""

from math import ceil
from random import Random

import simpy
from tests.scripts.rollcall_planner.simulated_account import Places, Tokens, World

from rollcall.engines import Engine
from rollcall_planner.profiles import Profile
from rollcall_planner.workload import Workload

WINDOW_S = 1.0  # of a tracker's batch
TRACKERS = 5


def simulate(engine: Engine, workload: Workload, profile: Profile, seed: int = 0) -> tuple[float, int]:
    """(makespan in seconds, the most chunks that ran at once) of one job."""
    world = World(workload, profile, chance=Random(seed))
    world.env.process(PLAYS[engine](world))
    world.env.run(until=world.all_done)
    return world.env.now + AFTER[engine](world), world.peak


def recorded(world: World) -> float:
    return world.workload.chunks / world.profile["answers_per_s"] + world.profile["job_end"]


def maps(world: World, slots: list[list[int]], lanes: int, width: int, iteration):
    """Inline Maps, `lanes` open at a time, each with at most `width` iterations, or all sharing one window."""
    env, profile = world.env, world.profile
    yield from world.prepare()
    yield world.until(profile["cold_start"])
    window = int(profile["map_window"])
    shared = simpy.PriorityResource(env, window) if profile["maps_share_window"] else None
    outer = simpy.Resource(env, min(lanes, window) if shared else lanes)
    opened = {"maps": 0}

    def one(items: int, own, turn: int, left: list[int]):
        with own.request(priority=turn) as place:
            yield place
            yield world.asked.pool.get(1)
            yield world.iterations.take()
            yield world.transitions.take()
            yield from iteration(items)
            yield world.asked.pool.put(1)
            world.settled()
            left[0] -= 1
            if not left[0]:
                opened["maps"] -= 1
            yield world.until(profile["map_handover"] * max(0, opened["maps"] - 1))

    def a_map(slot: list[int]):
        with outer.request() as lane:
            yield lane
            opened["maps"] += 1
            own, left = shared or simpy.PriorityResource(env, min(width, window)), [len(slot)]
            yield env.all_of([env.process(one(items, own, turn, left)) for turn, items in enumerate(slot)])

    for slot in slots:
        env.process(a_map(slot))


def plain_map(world: World):
    yield from maps(world, [world.chunks()], 1, 40, lambda items: task(world, items))


def task(world: World, items: int):
    yield world.until(world.profile["task_overhead"])
    yield from world.on_lambda(items, world.profile["chunk_overhead"])


def map_in_map(world: World):
    chunks, at_once = world.chunks(), min(world.workload.concurrency or 1000, 1600)
    lanes = ceil(at_once / 40)
    size = at_once // lanes
    slots = [chunks[first : first + size] for first in range(0, len(chunks), size)]
    yield from maps(world, slots, lanes, size, lambda items: task(world, items))


def map_in_parallel(world: World):
    chunks, each = world.chunks(), max(1, (world.workload.concurrency or 1000) // 3)
    branches = [branch for number in range(3) if (branch := chunks[number::3])]
    yield from maps(world, branches, 3, min(40, each), lambda items: task(world, items))


def callback(world: World):
    def iteration(items: int):
        yield world.put_events.take()
        yield world.until(world.profile["task_overhead"] + world.profile["put_events_call"])
        yield world.rules.take()
        yield world.until(world.profile["delivery"])
        yield from world.on_lambda(items, world.profile["chunk_overhead"])
        yield world.answers.take()

    yield from maps(world, [world.chunks()], 1, 40, iteration)


def events_per_item(world: World):
    env, profile = world.env, world.profile
    polled = Places(env, profile["async_start"], profile["async_per_s"])
    yield from world.prepare()
    yield world.until(profile["cold_start"])
    window = simpy.Resource(env, int(profile["map_window"]))

    def publish(items: int):
        with window.request() as place:
            yield place
            yield world.iterations.take()
            yield world.transitions.take()
            yield world.put_events.take()
            yield world.until(profile["put_events_call"] + profile["task_overhead"])
        env.process(answer(items))

    def answer(items: int):
        yield world.rules.take()
        yield world.until(profile["delivery"])
        yield polled.pool.get(1)
        yield from world.on_lambda(items, profile["chunk_overhead"])
        yield polled.pool.put(1)
        yield world.put_events.take()
        yield world.rules.take()
        yield world.until(profile["delivery"])
        yield world.starts.take()
        yield world.transitions.take(3)
        yield world.counter.take()
        yield world.until(profile["completion"])
        world.settled()

    for items in world.chunks():
        env.process(publish(items))


def children(world: World, transitions: int, pace: float, starts: Tokens):
    env, profile = world.env, world.profile
    yield from world.prepare()
    yield world.until(profile["distributed_overhead"] / 2 + profile["cold_start"])
    places = simpy.Resource(env, int(profile.quotas["distributed_children"]))

    def child(items: int):
        with places.request() as place:
            yield place
            yield world.asked.pool.get(1)
            yield starts.take()
            yield world.transitions.take(transitions)
            least = world.until(pace)
            yield world.until(profile["task_overhead"])
            yield from world.on_lambda(items, profile["chunk_overhead"])
            world.settled()
            yield least
            yield world.asked.pool.put(1)

    for items in world.chunks():
        env.process(child(items))


def distributed_map(world: World):
    express = world.workload.work_s <= world.profile.quotas["express_seconds"]
    starts = Tokens(world.env, 1, world.profile["child_starts_per_s"])
    yield from children(world, 1 if express else 2, 0.0, starts)


def chunked(world: World):
    at_once = min(world.workload.concurrency or 1000, 10_000)
    rate = world.workload.rate
    pace = at_once * world.workload.chunk_size * 1.03 / rate if rate else 0.0
    yield from children(world, 2, pace, Tokens(world.env, 1, world.profile["child_starts_per_s"]))


def events(world: World):
    env, profile, chunks = world.env, world.profile, world.chunks()
    queue = simpy.Store(env)
    places = simpy.Resource(env, world.workload.concurrency or 10**6)
    yield from world.prepare()

    def enqueue():
        for first in range(0, len(chunks), 10):
            batch = chunks[first : first + 10]
            for items in batch:
                queue.put(items)
            yield world.until(len(batch) / profile["dispatch_chunks_per_s"])
        enqueued.succeed()

    on_lambda = world.workload.target == "lambda"
    pools = [world.account.pool, world.scaling.pool] if on_lambda else [containers(world).pool]
    launches = Tokens(env, profile.quotas["fargate_burst"], profile.quotas["fargate_launch_per_s"])

    def worker():
        with places.request() as slot:
            yield slot
            yield world.rules.take()
            yield world.until(profile["delivery"])
            for pool in pools:
                yield pool.get(1)
            if not on_lambda:
                yield launches.take()
                yield world.until(profile["container_start"])
            yield world.until(profile["cold_start"])
            longest, born, count, written = 0.0, env.now, 0, 0.0
            while queue.items or not enqueued.triggered:
                pulls = 1 if not count else max(1, min(10, int(2.0 / max(longest, 0.001))))
                pulled = [queue.items.pop(0) for _ in range(min(pulls, len(queue.items)))]
                if not pulled:
                    yield world.until(0.01)
                for items in pulled:
                    began, short = env.now, count and longest < 2.0
                    yield from world.calculate(items, 0.0 if short else profile["chunk_overhead"])
                    longest, count = max(longest, env.now - began), count + 1
                    if short:  # what reads and writes beside the worker does one chunk at a time
                        written = max(written, began) + profile["chunk_overhead"]
                        yield world.until(max(0.0, written - profile["chunk_overhead"] - env.now))
                        env.process(later(written - env.now))
                    else:
                        settle()
                if on_lambda and env.now - born > profile.quotas["lambda_timeout_s"] - 20:
                    yield world.until(profile["worker_life_lost"])
                    born = env.now
            for pool in pools:
                yield pool.put(1)

    def start():
        for _ in range(min(len(chunks), world.workload.concurrency or int(profile.quotas["lambda_concurrency"]))):
            env.process(worker())
            yield world.until(1 / profile["worker_starts_per_s"])

    def tracker(number: int):
        """A poller collects a hundred settlements, or what comes within its window; then the function runs."""
        inbox = inboxes[number]
        while True:
            batch, closes = [(yield inbox.get())], env.now + WINDOW_S
            while len(batch) < 100 and env.now < closes:
                asked = inbox.get()
                yield asked | world.until(closes - env.now)
                if asked.triggered:
                    batch.append(asked.value)
                else:
                    asked.cancel()
            busy.add(number)
            yield world.until(profile["tracker_batch"])
            busy.discard(number)
            for _ in batch:
                world.settled()

    def later(seconds: float):
        yield world.until(max(0.0, seconds))
        settle()

    def settle():
        """Whichever poller asks next gets a message; those whose function runs do not ask."""
        free = [number for number in range(TRACKERS) if number not in busy] or range(TRACKERS)
        inboxes[world.chance.choice(free)].put(1)

    inboxes, busy = [simpy.Store(env) for _ in range(TRACKERS)], set()
    enqueued = env.event()
    for process in (enqueue(), start(), *map(tracker, range(TRACKERS))):
        env.process(process)


def containers(world: World) -> Places:
    return Places(world.env, world.profile.quotas["fargate_vcpus"] // world.workload.vcpus)


PLAYS = {
    Engine.EVENTS: events,
    Engine.MAP: plain_map,
    Engine.MAP_IN_MAP: map_in_map,
    Engine.MAP_IN_PARALLEL: map_in_parallel,
    Engine.CALLBACK: callback,
    Engine.EVENTS_PER_ITEM: events_per_item,
    Engine.DISTRIBUTED_MAP: distributed_map,
    Engine.CHUNKED: chunked,
}
AFTER = dict.fromkeys(Engine, recorded) | {
    Engine.EVENTS: lambda world: world.profile["job_end"],
    Engine.EVENTS_PER_ITEM: lambda world: world.profile["job_end"],
    Engine.DISTRIBUTED_MAP: lambda world: recorded(world) + world.profile["distributed_overhead"] / 2,
    Engine.CHUNKED: lambda world: recorded(world) + world.profile["distributed_overhead"] / 2,
}
