"""Lambda entry point."""

from rollcall.worker.entry import lambda_handler
from sleep_five_seconds import calculation  # noqa: F401  registers itself

handler = lambda_handler
