"""A connection that is not in use is ended by its client, never by the cloud.

The emulator's server ends one after 75 seconds, also at the moment when the next request comes in on it: that is then
carried out and not answered, and Terraform repeats what has been done. Its AWS SDK uses none
again after 90 seconds.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from hypercorn import asyncio as hypercorn
from hypercorn.config import Config

from embedded_cloud.extension.replacing import around

KEPT_SECONDS = 600.0


@around(hypercorn, "serve")
def serve(serve_app: Callable[..., Coroutine], app: Any, config: Config) -> Coroutine:
    config.keep_alive_timeout = KEPT_SECONDS
    return serve_app(app, config)
