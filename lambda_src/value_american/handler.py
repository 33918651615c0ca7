"""Lambda entry point."""

from rollcall.worker import lambda_handler
from value_american import calculation  # noqa: F401  registers itself

handler = lambda_handler
