"""What the embedded cloud has room for, and what its services refuse for now."""

import json
import urllib.request


def capacity(url: str, limits: dict[str, dict]) -> None:
    """Say how many tasks capacity providers have room for: {"FARGATE_SPOT": {"tasks": 0}}; the others have no limit."""
    put(f"{url}/_rollcall/capacity", limits)


def throttle(url: str, shares: dict[str, float]) -> None:
    """Say which share of its calls each service refuses: {"sqs": 0.3}; the others refuse none."""
    put(f"{url}/_rollcall/throttling", shares)


def put(url: str, body: dict) -> None:
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), method="PUT")).close()
