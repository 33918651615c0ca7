"""Lambda entry point."""

from rollcall.worker import lambda_handler
from shock_book import calculation  # noqa: F401  registers itself

handler = lambda_handler
