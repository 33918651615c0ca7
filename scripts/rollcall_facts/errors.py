"""FactError
├── Unreadable   a place in the code, or what a service model says, is not where it is looked for
├── NoNewest     the newest botocore could not be fetched
└── CannotRecord the embedded cloud gave no recording of calls
"""


class FactError(Exception):
    """Raised when facts cannot be compared; the message names the place and the cure."""


class Unreadable(FactError):
    """Raised when a place in the code or in a service model holds nothing that can be compared."""


class NoNewest(FactError):
    """Raised when the package index does not give the newest botocore."""


class CannotRecord(FactError):
    """Raised when no calls could be recorded."""
