"""Lambda entry point."""

from rollcall.worker.entry import lambda_handler
from value_equity import calculation  # noqa: F401  registers itself

handler = lambda_handler
