"""Lambda entry point."""

from rollcall.worker import lambda_handler
from run_probe import calculation  # noqa: F401  registers itself

handler = lambda_handler
