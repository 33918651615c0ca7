"""Lambda entry point."""

from rollcall.worker.entry import lambda_handler
from shock_book import calculation  # noqa: F401  registers itself

handler = lambda_handler
