"""Every exception Rollcall raises.

RollcallError
├── MissingSetting
├── InvalidEvent
├── InputRefused
├── UnknownJobType
├── JobNotFound
├── NoCalculation
├── NoRoute
├── RetryLater
├── DeadlineExceeded
├── Abandoned
├── AlreadyRunning
├── LockHeld
├── DeliveryRefused
├── NotStarted
└── WorkerLost
"""


class RollcallError(Exception):
    """Raised for anything Rollcall itself finds wrong; the message names the place and the cure."""


class MissingSetting(RollcallError):
    """Raised when an environment variable the function needs is not set."""


class InvalidEvent(RollcallError):
    """Raised when an event does not match its published JSON Schema."""


class InputRefused(RollcallError):
    """Raised when a job's input has problems; nothing has been dispatched then."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class UnknownJobType(RollcallError):
    """Raised when a job asks for a next step that the environment does not have."""


class JobNotFound(RollcallError):
    """Raised when no job has the given id."""


class NoCalculation(RollcallError):
    """Raised when no @calculation serves a data type."""


class NoRoute(RollcallError):
    """Raised for each item whose data type has no route."""


class RetryLater(RollcallError):
    """Raised by a calculation for an item that may succeed a moment later; it is tried again."""


class Abandoned(RollcallError):
    """Raised when a chunk is given up because its job was cancelled or has ended."""


class AlreadyRunning(RollcallError):
    """Raised for a chunk of an idempotent route that another worker has begun and not ended."""


class LockHeld(RollcallError):
    """Raised while another job holds the lock that a job waits for."""


class DeadlineExceeded(RollcallError):
    """Raised for the items a worker could not start before its own time was over."""


class DeliveryRefused(RollcallError):
    """Raised when EventBridge or SQS takes only a part of a batch, also after retries."""


class NotStarted(RollcallError):
    """Raised when ECS has started no task for a worker, whichever capacity provider was asked."""


class WorkerLost(RollcallError):
    """Raised for the items of a chunk whose workers died, or could not be started, for the last time."""
