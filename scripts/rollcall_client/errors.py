"""What the client raises of its own."""


class CommandError(Exception):
    """Raised with one sentence, what is wrong and the cure, when what was asked for cannot be done."""
