"""What the embedded cloud has room for."""

import json
import urllib.request


def capacity(url: str, limits: dict[str, dict]) -> None:
    """Say how many tasks capacity providers have room for: {"FARGATE_SPOT": {"tasks": 0}}; the others have no limit."""
    request = urllib.request.Request(f"{url}/_rollcall/capacity", json.dumps(limits).encode(), method="PUT")
    urllib.request.urlopen(request).close()
