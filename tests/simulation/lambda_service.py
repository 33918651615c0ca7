"""EventBridge and Lambda in simulated time: a Worker Requested event becomes a worker, as fast as Lambda may."""

from collections.abc import Callable

from tests.simulation import figures
from tests.simulation.simulated_time import SimulatedTime

from rollcall.events import WorkerRequested, parse


class Bus:
    """The EventBridge client; what is put goes to the route's function."""

    def __init__(self, time: SimulatedTime, functions: dict[str, "Function"]):
        self.time, self.functions = time, functions

    def put_events(self, Entries: list[dict]) -> dict:
        self.time.call("put events", figures.PUT_EVENTS)
        for entry in Entries:
            envelope = f'{{"source":"rollcall","detail-type":"{entry["DetailType"]}","detail":{entry["Detail"]}}}'
            request = parse(envelope, WorkerRequested)
            latency = self.time.random.uniform(*figures.EVENT_TO_TARGET)
            self.time.spawn(self.functions[request.data_type].start, request, after=latency)
        return {"Entries": [{} for _ in Entries]}


class Function:
    """A route's Lambda function; `work(request, seconds_left)` is its code."""

    def __init__(self, time: SimulatedTime, work: Callable[[WorkerRequested, Callable[[], float]], None]):
        self.time, self.work = time, work
        self.idle = self.running = self.most_running = self.starts = 0
        self.may_start, self.counted_at = float(figures.BURST), 0.0

    def start(self, request: WorkerRequested, attempt: int = 0) -> None:
        """Invoke asynchronously: in an idle environment, else in a new one, else again later."""
        if self.idle:
            self.idle -= 1
            self.run(request, figures.WARM_START)
        elif self.takes_new():
            self.run(request, figures.COLD_START)
        else:
            wait = min(figures.LAST_RETRY, figures.FIRST_RETRY * 2**attempt)
            spread = self.time.random.uniform(*figures.RETRY_SPREAD)
            self.time.spawn(self.start, request, attempt + 1, after=wait * spread)

    def takes_new(self) -> bool:
        gained = (self.time.now() - self.counted_at) * figures.STARTS_A_SECOND
        self.may_start, self.counted_at = min(figures.BURST, self.may_start + gained), self.time.now()
        if self.may_start < 1:
            return False
        self.may_start -= 1
        return True

    def run(self, request: WorkerRequested, start_seconds: float) -> None:
        self.running += 1
        self.starts += 1
        self.most_running = max(self.most_running, self.running)
        try:
            self.time.wait(start_seconds)
            ends_at = self.time.now() + figures.LAMBDA_TIMEOUT
            self.work(request, lambda: ends_at - self.time.now())
        finally:
            self.running -= 1
        self.idle += 1


def allowed_worker_seconds(workers: int, seconds: float, seed: int = 1) -> float:
    """Worker-seconds a function gives in its first `seconds` when all workers are asked for at once, at time 0.

    From when Lambda lets an environment start: its cold start and all that is Rollcall's own doing is no excuse.
    """
    time, begun = SimulatedTime(seed), []
    function = Function(time, None)
    function.run = lambda request, start_seconds: begun.append(time.now())
    for _ in range(workers):
        time.spawn(function.start, None)
    time.run()
    return sum(max(0.0, seconds - at) for at in begun)
