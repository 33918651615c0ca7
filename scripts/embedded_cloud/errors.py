class CloudError(Exception):
    """Raised when the embedded cloud cannot start, stop or answer; the message names the cure."""
