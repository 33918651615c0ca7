"""A running function as a value: what it was given and what its calls to AWS have answered so far.

The real code is run again from its beginning against the recorded answers, up to the first call that
has none: that call is its next step. So any state of it can be kept, compared and gone on from.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

from botocore.exceptions import ClientError


class Process(NamedTuple):
    """A function by name, its arguments, and the answers to its calls so far as JSON; `again` after it has died."""

    action: str
    given: tuple = ()
    answers: tuple[str, ...] = ()
    again: bool = False


class Call(NamedTuple):
    """A call to AWS; `request` is JSON."""

    service: str
    operation: str
    request: str


class End(NamedTuple):
    """The function has returned, or raised."""

    result: object
    error: str = ""


class NoAnswerYet(BaseException):
    """Raised into the code at a call that has not been answered; no `except Exception` stops it."""


class Recorded:
    """Answers the calls of one replay."""

    def __init__(self, answers: tuple[str, ...]):
        self.answers = iter(answers)
        self.next: Call | None = None

    def call(self, service: str, operation: str, request: str) -> str:
        if self.next is None:
            for answer in self.answers:
                return answer
            self.next = Call(service, operation, request)
        raise NoAnswerYet

    def table(self, operation: str, request: str) -> str:
        return self.call("dynamodb", operation, request)

    def ask(self, service: str, operation: str, **request) -> dict:
        answer = json.loads(self.call(service, operation, json.dumps(request, sort_keys=True)))
        if "Error" in answer:
            raise ClientError(answer, operation)
        return answer


class Replayer:
    """Knows the actions by name: each takes (Recorded, *given)."""

    def __init__(self, actions: dict[str, Callable]):
        self.actions = actions
        self.known: dict[Process, Call | End] = {}

    def next(self, process: Process) -> Call | End:
        if process not in self.known:
            self.known[process] = self.replay(process)
        return self.known[process]

    def replay(self, process: Process) -> Call | End:
        recorded = Recorded(process.answers)
        try:
            return End(self.actions[process.action](recorded, *process.given))
        except NoAnswerYet:
            return recorded.next
        except Exception as error:
            return End(None, repr(error))
