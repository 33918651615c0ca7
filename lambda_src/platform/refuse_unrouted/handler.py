"""Lambda entry point."""

from refuse_unrouted import calculation  # noqa: F401  registers itself
from rollcall.worker.entry import lambda_handler

handler = lambda_handler
