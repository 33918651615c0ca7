"""Rollcall: one request, millions of independent calculations, one exact release."""

__version__ = "1.2.0"
