"""Starting and ending workers as a model whose actions are the product's own functions.

A chunk is enqueued and slots are filled; workers are started, poll, run, release their slot and look
once more. Starts are delivered twice or lost, calls are repeated by the SDK, workers die. Time passes
only while nobody is at work (those at work renew their leases); then leases run out, what the dead
had in hand is seen again, and a sweeper fills the routes. Only where a worker died, a start was lost or
a call repeated may a chunk wait for that. Two workers may hand the last chunk to and fro without end, if
the schedule is unfair enough; so each looks at the queue a limited number of times.
"""

import json
from dataclasses import dataclass
from typing import NamedTuple

from tests.protocol.database import Rows, answered
from tests.protocol.explorer import Violation
from tests.protocol.replay import Call, End, Process, Replayer

MOST_LOOKS = 7


class Budget(NamedTuple):
    """How often each misfortune may still happen; `misses` are short polls that overlook messages, `over_limit` those
    refused because too many are in flight, `delays` starts that come after their reservation has run out."""

    crashes: int = 0
    duplicates: int = 0
    repeats: int = 0
    losses: int = 0
    misses: int = 0
    over_limit: int = 0
    delays: int = 0

    def less(self, name: str) -> "Budget":
        return self._replace(**{name: getattr(self, name) - 1})


class State(NamedTuple):
    """`waiting` are bodies in the route's queue, `in_hand` (body, worker) of those received, `starts` Worker Requested
    events on their way, `done` the chunks that have run."""

    processes: tuple[Process, ...]
    budget: Budget
    rows: Rows = ()
    waiting: tuple[str, ...] = ()
    in_hand: tuple[tuple[str, tuple], ...] = ()
    starts: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    time: int = 0


@dataclass(frozen=True)
class SlotsModel:
    """`chunks` bodies to be run by workers in `slots` places; `processes` begin it."""

    replayer: Replayer
    processes: tuple[Process, ...]
    chunks: frozenset[str]
    slots: int
    budget: Budget

    def start(self) -> State:
        return State(tuple(sorted(self.processes)), self.budget)

    def successors(self, state: State):
        for text in sorted(set(state.starts)):
            yield from self.starting(state, text)
        for process in sorted(set(state.processes)):
            yield from self.steps(state, process)
        if not state.processes:
            if state.starts and state.budget.delays:
                yield ("time passes", "", ()), later(state._replace(budget=state.budget.less("delays")))
            elif not state.starts and self.unlucky(state) and (state.waiting or state.in_hand):
                yield ("time passes", "", ()), later(state)

    def unlucky(self, state: State) -> bool:
        return any(getattr(state.budget, it) < getattr(self.budget, it) for it in ("crashes", "losses", "repeats"))

    def starting(self, state: State, text: str):
        left = list(state.starts)
        left.remove(text)
        rest = state._replace(starts=tuple(left))
        yield ("starting", "", (text,)), add(rest, Process("work", (text, "first", state.time)))
        if state.budget.duplicates:
            twice = add(
                rest, Process("work", (text, "first", state.time)), Process("work", (text, "second", state.time))
            )
            yield ("starting twice", "", (text,)), twice._replace(budget=state.budget.less("duplicates"))
        if state.budget.losses:
            yield ("start lost", "", (text,)), rest._replace(budget=state.budget.less("losses"))

    def steps(self, state: State, process: Process):
        call = self.replayer.next(process)
        if isinstance(call, End):  # it had nothing to do
            yield (process.action, "ends", process.given), self.ended(remove(state, process), call)
            return
        for answer, after in self.perform(state, process, call):
            yield (process.action, call, (*process.given, answer)), self.gone_on(after, process, answer)
            if state.budget.crashes and process.action == "work":
                fewer = after._replace(budget=after.budget.less("crashes"))
                yield (f"{process.action}, dying after it,", call, process.given), remove(fewer, process)
            if state.budget.repeats and call.service == "dynamodb":
                again, twice = self.perform(after, process, call)[0]
                fewer = twice._replace(budget=twice.budget.less("repeats"))
                yield (f"{process.action}, twice,", call, process.given), self.gone_on(fewer, process, again)

    def perform(self, state: State, process: Process, call: Call) -> list[tuple[str, State]]:
        """Every answer a call may get, with the state then."""
        if call.service == "dynamodb":
            answer, rows = answered(call.operation, call.request, state.rows)
            return [(answer, state._replace(rows=rows))]
        return getattr(self, call.operation)(state, process, json.loads(call.request))

    def receive(self, state: State, process: Process, asked: dict) -> list[tuple[str, State]]:
        """A short poll may miss messages or be refused, a long one not; a heartbeat may come while it waits."""
        if sum('"bodies"' in answer for answer in process.answers) == MOST_LOOKS:
            return []
        batches = [(body,) for body in sorted(set(state.waiting))]
        misses = bool(state.waiting)
        if not state.waiting or (not asked["wait"] and state.budget.misses):
            batches.append(())
        if 1 < len(state.waiting) <= asked["most"]:
            batches.append(state.waiting)
        answers = []
        for bodies in batches:
            left = list(state.waiting)
            for body in bodies:
                left.remove(body)
            held = sorted([*state.in_hand, *((body, process.given) for body in bodies)])
            after = state._replace(waiting=tuple(left), in_hand=tuple(held))
            if misses and not bodies:
                after = after._replace(budget=after.budget.less("misses"))
            beats = (False, True) if asked["wait"] else (False,)
            told = [{"bodies": bodies, "beat": beat, "over_limit": False} for beat in beats]
            answers += [(json.dumps(each), after) for each in told]
        if state.budget.over_limit and not asked["wait"]:
            fewer = state._replace(budget=state.budget.less("over_limit"))
            answers.append((json.dumps({"bodies": (), "beat": False, "over_limit": True}), fewer))
        return answers

    def send(self, state: State, _process: Process, asked: dict) -> list[tuple[str, State]]:
        return [("{}", state._replace(waiting=tuple(sorted([*state.waiting, *asked["bodies"]]))))]

    def delete(self, state: State, process: Process, asked: dict) -> list[tuple[str, State]]:
        held = list(state.in_hand)
        for body in asked["bodies"]:
            held.remove((body, process.given))
        return [("{}", state._replace(in_hand=tuple(held)))]

    def count(self, state: State, _process: Process, _asked: dict) -> list[tuple[str, State]]:
        return [(json.dumps({"waiting": len(state.waiting)}), state)]

    def put(self, state: State, _process: Process, asked: dict) -> list[tuple[str, State]]:
        return [("{}", state._replace(starts=tuple(sorted([*state.starts, *asked["starts"]]))))]

    def run(self, state: State, _process: Process, asked: dict) -> list[tuple[str, State]]:
        return [("{}", state._replace(done=tuple(sorted({*state.done, asked["body"]}))))]

    def gone_on(self, state: State, process: Process, answer: str) -> State:
        further = process._replace(answers=(*process.answers, answer))
        following = self.replayer.next(further)
        state = remove(state, process)
        return self.ended(state, following) if isinstance(following, End) else add(state, further)

    def ended(self, state: State, end: End) -> State:
        if end.error:
            raise Violation(f"a function raised {end.error}")
        return state

    def wrong(self, state: State) -> str | None:
        running = [process for process in state.processes if self.runs(process)]
        places = [json.loads(process.given[0])["slot"] for process in running]
        return f"{len(places)} workers at work in slots {places}" if len(set(places)) < len(places) else None

    def runs(self, process: Process) -> bool:
        following = self.replayer.next(process)
        return process.action == "work" and isinstance(following, Call) and following.operation == "run"

    def wrong_at_end(self, state: State) -> str | None:
        if state.processes:  # one has looked as often as is explored
            return None
        if state.waiting or state.in_hand or set(state.done) != self.chunks:
            return f"nobody comes for {state.waiting}, {state.in_hand} in hand, done is {state.done}"
        if not self.unlucky(state) and any('"working"' in row for _, row in state.rows):
            return f"a slot is still taken: {state.rows}"
        return None


def later(state: State) -> State:
    """Leases have run out, and a sweeper comes."""
    seen_again = tuple(sorted([*state.waiting, *(body for body, _ in state.in_hand)]))
    state = state._replace(time=state.time + 1, in_hand=(), waiting=seen_again)
    return add(state, Process("sweep", (state.time,)))


def add(state: State, *processes: Process) -> State:
    return state._replace(processes=tuple(sorted([*state.processes, *processes])))


def remove(state: State, process: Process) -> State:
    left = list(state.processes)
    left.remove(process)
    return state._replace(processes=tuple(left))
