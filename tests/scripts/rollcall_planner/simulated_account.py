"""An account to play in: token buckets, places for what runs at once, a worker's own time."""

from dataclasses import dataclass, field
from math import inf
from random import Random

import simpy

from rollcall_planner.profiles import Profile
from rollcall_planner.workload import Workload


class Tokens:
    """A token bucket, first come first served."""

    def __init__(self, env: simpy.Environment, burst: float, rate: float):
        self.env, self.burst, self.rate, self.left, self.at = env, burst, rate, burst, 0.0

    def take(self, count: float = 1.0) -> simpy.Event:
        self.left = min(self.burst, self.left + (self.env.now - self.at) * self.rate) - count
        self.at = self.env.now
        return self.env.timeout(max(0.0, -self.left / self.rate))


class Places:
    """Places for what runs at once: some at first, `rate` more a second, up to `cap`."""

    def __init__(self, env: simpy.Environment, first: float, rate: float = 0.0, cap: float = inf):
        self.pool = simpy.Container(env, init=int(min(first, cap, 1e7)), capacity=inf)
        if rate and cap > first:
            env.process(self.grow(env, rate, cap - first))

    def grow(self, env, rate, more):
        while more >= 1:
            yield env.timeout(1 / rate)
            more -= 1
            yield self.pool.put(1)


@dataclass
class World:
    """One account in which one job runs."""

    workload: Workload
    profile: Profile
    env: simpy.Environment = field(default_factory=simpy.Environment)
    chance: Random = field(default_factory=Random)
    done: int = 0
    at_once: int = 0
    peak: int = 0

    def __post_init__(self):
        quotas, env = self.profile.quotas, self.env
        self.all_done = env.event()
        account = quotas["lambda_concurrency"]
        step = quotas["lambda_scaling_per_10s"]
        self.account = Places(env, account)
        self.scaling = Places(env, step, step / 10, account)
        self.asked = Places(env, self.workload.concurrency or inf)
        self.transitions = Tokens(env, quotas["state_transition_bucket"], quotas["state_transition_per_s"])
        self.put_events = Tokens(env, quotas["put_events_per_s"], quotas["put_events_per_s"])
        self.rules = Tokens(env, quotas["rule_invocations_per_s"], quotas["rule_invocations_per_s"])
        self.starts = Tokens(env, quotas["start_execution_bucket"], quotas["start_execution_per_s"])
        self.answers = Tokens(env, quotas["send_task_success_bucket"], quotas["send_task_success_per_s"])
        self.puts = Tokens(env, quotas["s3_put_per_s"], quotas["s3_put_per_s"])
        self.counter = Tokens(env, quotas["partition_wru_per_s"], quotas["partition_wru_per_s"])
        self.iterations = Tokens(env, 1, self.profile["iteration_starts_per_s"])

    def chunks(self) -> list[int]:
        """Items of each chunk."""
        whole, rest = divmod(self.workload.items, self.workload.chunk_size)
        return [self.workload.chunk_size] * whole + ([rest] if rest else [])

    def until(self, seconds: float) -> simpy.Event:
        return self.env.timeout(seconds)

    def prepare(self):
        yield self.until(self.profile["job_start"] + self.workload.items / self.profile["partition_items_per_s"])

    def settled(self):
        self.done += 1
        if self.done == self.workload.chunks:
            self.all_done.succeed()

    def calculate(self, items: int, overhead: float):
        """The worker's own time: fetch, calculate each item, store."""
        self.at_once += 1
        self.peak = max(self.peak, self.at_once)
        yield self.until(items * self.workload.seconds + overhead)
        yield self.puts.take()
        self.at_once -= 1

    def on_lambda(self, items: int, overhead: float):
        """A Lambda call, which waits for a place of the account and of the function."""
        yield self.account.pool.get(1)
        yield self.scaling.pool.get(1)
        yield from self.calculate(items, overhead)
        yield self.account.pool.put(1)
        yield self.scaling.pool.put(1)
