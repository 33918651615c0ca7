"""The barrier's protocol as a model whose actions are the product's own functions.

What may happen next in a state: a settlement is delivered (one or two to a batch), delivered and
kept to come again, or lost for good; a running function makes its next call; it makes it and dies,
and then its message comes again, or it is started again; or it makes the call twice, because the
first answer got lost and the SDK repeats it.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from tests.protocol.database import answered, canonical
from tests.protocol.explorer import Violation
from tests.protocol.promises import Judge
from tests.protocol.replay import Call, End, Process, Replayer
from tests.protocol.scenario import Scenario, State


@dataclass(frozen=True)
class BarrierModel:
    scenario: Scenario
    replayer: Replayer

    def start(self) -> State:
        given = self.scenario
        return State(given.rows, tuple(sorted(given.messages)), tuple(sorted(given.processes)), given.budget)

    def successors(self, state: State):
        yield from self.deliveries(state)
        for process in set(state.processes):
            guard = self.scenario.guards.get(process.action)
            if process.answers or process.again or guard is None or guard(state):
                yield from self.steps(state, process)

    def deliveries(self, state: State):
        distinct = sorted(set(state.pending))
        for size in range(1, self.scenario.batch + 1):
            for bodies in combinations(distinct, size):
                if taker := self.taker(state, bodies):
                    started = with_processes(state, add=[Process(taker, bodies)])
                    yield (taker, "is given", bodies), without(started, bodies)
                    if state.budget.duplicates:
                        kept = started._replace(budget=state.budget.less("duplicates"))
                        yield (taker, "is given, to come again,", bodies), kept
        for body in distinct if self.may_lose(state) else ():
            lost = without(state, (body,))._replace(lost=tuple(sorted((*state.lost, body))))
            yield ("lost:", "", (body,)), lost._replace(budget=state.budget.less("losses"))

    def may_lose(self, state: State) -> bool:
        """Not once the last look of a sweeper has begun: in truth it looks again every minute."""
        last = (process for process in self.scenario.processes if process.action.startswith("last"))
        return state.budget.losses > 0 and all(process in state.processes for process in last)

    def taker(self, state: State, bodies: tuple[str, ...]) -> str | None:
        kinds = {json.loads(body)["detail-type"] for body in bodies}
        if len(kinds) > 1:
            return None
        action, at_once = self.scenario.consumers[kinds.pop()]
        return action if sum(p.action == action for p in state.processes) < at_once else None

    def steps(self, state: State, process: Process):
        call = self.replayer.next(process)
        if isinstance(call, End):
            yield (
                (process.action, "ends", process.given),
                self.ended(with_processes(state, remove=process), process, call),
            )
            return
        answer, after = self.perform(state, call)
        yield (process.action, call, process.given), self.gone_on(after, process, answer)
        if state.budget.crashes:
            fewer = after._replace(budget=after.budget.less("crashes"))
            yield (f"{process.action}, dying after it,", call, process.given), self.died(fewer, process)
        if state.budget.repeats:
            answer, twice = self.perform(after, call)
            fewer = twice._replace(budget=twice.budget.less("repeats"))
            yield (f"{process.action}, twice,", call, process.given), self.gone_on(fewer, process, answer)

    def perform(self, state: State, call: Call) -> tuple[str, State]:
        if call.service == "dynamodb":
            answer, rows = answered(call.operation, call.request, state.rows)
            return answer, state._replace(rows=rows)
        request = json.loads(call.request)
        if call.service == "queue":
            return "{}", state._replace(pending=tuple(sorted((*state.pending, request["body"]))))
        token, output = request["token"], request["output"]
        if token in dict(state.taken) or token not in self.scenario.tokens:
            return canonical({"Error": {"Code": "TaskTimedOut", "Message": "gone"}}), state
        return "{}", state._replace(taken=(*state.taken, (token, output)))

    def gone_on(self, state: State, process: Process, answer: str) -> State:
        further = process._replace(answers=(*process.answers, answer))
        following = self.replayer.next(further)
        state = with_processes(state, remove=process)
        if isinstance(following, End):
            return self.ended(state, further, following)
        return with_processes(state, add=[further])

    def ended(self, state: State, process: Process, end: End) -> State:
        """What an end leads to; no action may raise, for none is given what it cannot take."""
        if end.error:
            raise Violation(f"{process.action} raised {end.error}")
        messages, processes = self.scenario.afterwards.get(process.action, lambda *_: ((), ()))(process, end.result)
        state = state._replace(pending=tuple(sorted((*state.pending, *messages))))
        return with_processes(state, add=processes)

    def died(self, state: State, process: Process) -> State:
        state = with_processes(state, remove=process)
        if process.action in {action for action, _ in self.scenario.consumers.values()}:
            return state._replace(pending=tuple(sorted((*state.pending, *process.given))))
        return with_processes(state, add=[process._replace(answers=(), again=True)])

    def wrong(self, state: State) -> str | None:
        return self.judge.wrong(state.rows, state.taken)

    def wrong_at_end(self, state: State) -> str | None:
        if state.processes and not all(p.action in self.scenario.guards for p in state.processes):
            return f"{state.processes} are stuck"
        return self.judge.wrong_at_end(state.rows, state.taken, state.lost)

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.scenario)


def with_processes(state: State, add=(), remove: Process | None = None) -> State:
    left = list(state.processes)
    if remove:
        left.remove(remove)
    return state._replace(processes=tuple(sorted([*left, *add])))


def without(state: State, bodies: tuple[str, ...]) -> State:
    left = list(state.pending)
    for body in bodies:
        left.remove(body)
    return state._replace(pending=tuple(left))
