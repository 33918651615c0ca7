class Refused(Exception):
    """Raised when an action cannot be done; its text is one sentence that says why and what to do."""
