"""Pricing models for shares and options on them, in plain Python."""
