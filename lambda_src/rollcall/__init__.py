"""Rollcall: one request, millions of independent calculations, one exact release."""

__version__ = "1.3.0"
