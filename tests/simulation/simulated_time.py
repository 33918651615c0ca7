"""Simulated time for code that waits as if time were real: each thread of it is a greenlet."""

import random
from collections import deque
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count

import greenlet
from tests.simulation import figures

EPOCH = 1_767_225_600  # any; DynamoDB rows keep epoch seconds


class SimulatedTime:
    """A clock that jumps to whatever is next. Code run by `spawn` may `wait`; meanwhile the others go on.

    What is due at the same moment comes in the order it was asked for, so a run repeats exactly.
    """

    def __init__(self, seed: int):
        self.seconds = 0.0
        self.random = random.Random(seed)
        self.hub = greenlet.getcurrent()
        self.due: list[tuple[float, int, Callable]] = []
        self.order = count()
        self.spent: dict[str, list[float]] = {}

    def now(self) -> float:
        return self.seconds

    def epoch(self) -> float:
        return EPOCH + self.seconds

    def at(self, seconds: float, action: Callable) -> None:
        """Let the hub call an action so many seconds from now."""
        heappush(self.due, (self.seconds + seconds, next(self.order), action))

    def wait(self, seconds: float) -> None:
        heappush(self.due, (self.seconds + seconds, next(self.order), greenlet.getcurrent().switch))
        self.hub.switch()

    def call(self, name: str, latency: tuple[float, float], waited: float = 0.0) -> None:
        """Let the time of a call to AWS pass, and keep count of it."""
        shortest, longest = latency
        seconds = waited + shortest + (longest - shortest) * self.random.random()
        tally = self.spent.setdefault(name, [0, 0.0])
        tally[0] += 1
        tally[1] += seconds
        self.wait(seconds)

    def spawn(self, action: Callable, *arguments, after: float = 0.0) -> greenlet.greenlet:
        """Begin an action in a thread of its own, some seconds from now."""
        thread = greenlet.greenlet(action, parent=self.hub)
        self.at(after, lambda: thread.switch(*arguments))
        return thread

    def kill(self, thread: greenlet.greenlet) -> None:
        """End a thread where it waits, as if its machine were gone."""
        self.at(0, thread.throw)

    def run(self) -> None:
        """Until nothing is due any more."""
        while self.due:
            self.seconds, _, action = heappop(self.due)
            action()


class Pool:
    """Stands for ThreadPoolExecutor: `lanes` calls at once in simulated time, sharing one CPU."""

    def __init__(self, time: SimulatedTime, lanes: int):
        self.time, self.lanes = time, lanes
        self.cpu_free = 0.0

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_) -> None:
        pass

    def map(self, call: Callable, values: Iterable) -> list:
        values = list(values)
        answers: list = [None] * len(values)
        todo = iter(enumerate(values))
        caller, running = greenlet.getcurrent(), min(self.lanes, len(values))

        def lane() -> None:
            nonlocal running
            for position, value in todo:
                begins = max(self.cpu_free, self.time.now())
                self.cpu_free = begins + figures.CPU_A_CALL
                self.time.wait(self.cpu_free - self.time.now())
                answers[position] = call(value)
            running -= 1
            if not running:
                self.time.at(0, caller.switch)

        if values:
            for _ in range(running):
                self.time.spawn(lane)
            self.time.hub.switch()
        return answers


class Background:
    """Stands for the ThreadPoolExecutor of a worker: does one thing after another while the worker goes on."""

    def __init__(self, time: SimulatedTime):
        self.time = time
        self.todo: deque[tuple[Answer, Callable, tuple]] = deque()
        self.busy = False

    def __enter__(self) -> "Background":
        return self

    def __exit__(self, *_) -> None:
        pass

    def submit(self, call: Callable, *given) -> "Answer":
        answer = Answer(self.time)
        self.todo.append((answer, call, given))
        if not self.busy:
            self.busy = True
            self.time.spawn(self.work)
        return answer

    def work(self) -> None:
        while self.todo:
            answer, call, given = self.todo.popleft()
            answer.come(call(*given))
        self.busy = False


class Answer:
    """Stands for a Future; one thread may wait for it."""

    def __init__(self, time: SimulatedTime):
        self.time = time
        self.there, self.value, self.waiter = False, None, None

    def come(self, value) -> None:
        self.there, self.value = True, value
        if self.waiter:
            self.time.at(0, self.waiter.switch)

    def result(self):
        if not self.there:
            self.waiter = greenlet.getcurrent()
            self.time.hub.switch()
        return self.value
