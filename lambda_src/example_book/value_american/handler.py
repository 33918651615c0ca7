"""Lambda entry point."""

from rollcall.worker.entry import lambda_handler
from value_american import calculation  # noqa: F401  registers itself

handler = lambda_handler
