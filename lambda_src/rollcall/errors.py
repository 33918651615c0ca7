"""Every exception Rollcall raises.

RollcallError
├── MissingSetting
├── InvalidEvent
├── DeliveryRefused
├── Throttled
├── JobError
│   ├── InputRefused
│   ├── InputBroken
│   ├── UnknownJobType
│   ├── JobNotFound
│   ├── LockHeld
│   └── Abandoned
├── RouteError
│   ├── NoRoute
│   └── NoCalculation
└── WorkerError
    ├── RetryLater
    ├── DeadlineExceeded
    ├── AlreadyRunning
    ├── Unfinished
    ├── NotStarted
    └── WorkerLost

Terminated and ItemTimedOut are none of them: they are not for whoever handles errors, a calculation least of all.
"""


class RollcallError(Exception):
    """Raised for anything Rollcall itself finds wrong; the message names the place and the cure."""


class MissingSetting(RollcallError):
    """Raised when an environment variable the function needs is not set."""


class InvalidEvent(RollcallError):
    """Raised when an event does not match its published JSON Schema."""


class DeliveryRefused(RollcallError):
    """Raised when EventBridge or SQS takes only a part of a batch, also after retries."""


class Throttled(RollcallError):
    """Raised when AWS asks to wait for longer than a call is tried; the state machine calls the function again."""


class JobError(RollcallError):
    """Raised for what is wrong with a job, or with what is asked of it."""


class InputRefused(JobError):
    """Raised when a job's input has problems; nothing has been dispatched then."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class InputBroken(JobError):
    """Raised where the bytes of an input cannot be read on; what was read before stands. `cure` says what helps."""

    def __init__(self, message: str, cure: str):
        self.cure = cure
        super().__init__(message)


class UnknownJobType(JobError):
    """Raised when a job asks for a next step that the environment does not have."""


class JobNotFound(JobError):
    """Raised when no job has the given id."""


class LockHeld(JobError):
    """Raised while another job holds the lock that a job waits for."""


class Abandoned(JobError):
    """Raised when a chunk is given up because its job was paused or cancelled, or has ended."""


class RouteError(RollcallError):
    """Raised for a data type that nothing serves."""


class NoRoute(RouteError):
    """Raised for each item whose data type has no route."""


class NoCalculation(RouteError):
    """Raised when no @calculation serves a data type."""


class WorkerError(RollcallError):
    """Raised for what keeps a worker from answering an item, now or for good."""


class RetryLater(WorkerError):
    """Raised by a calculation for an item that may succeed a moment later; it is tried again."""


class DeadlineExceeded(WorkerError):
    """Raised for the items a worker could not start before its own time was over."""


class AlreadyRunning(WorkerError):
    """Raised for a chunk of an idempotent route that another worker has begun and not ended."""


class Unfinished(WorkerError):
    """Raised when a worker leaves a chunk to the next one; what is done of it is kept."""


class NotStarted(WorkerError):
    """Raised when ECS has started no task for a worker, whichever capacity provider was asked."""


class WorkerLost(WorkerError):
    """Raised for items whose workers died with them, or could not be started, for the last time."""


class Terminated(SystemExit):
    """Raised in a container's main thread by SIGTERM: it ends the worker, and is no failure of the item at work."""


class ItemTimedOut(BaseException):
    """Raised in a calculation that takes longer than its route allows an item."""

    def __init__(self, seconds: float):
        super().__init__(f"it took longer than item_timeout_seconds = {seconds:g} of its route")
