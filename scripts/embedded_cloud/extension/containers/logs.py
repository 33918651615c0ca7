"""Sending a container's output to CloudWatch Logs."""

import threading
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs


def ship(container: Any, target: dict) -> threading.Thread:
    """The thread ends after the last line; target has group, stream, region and create_group."""
    arguments = (container, target, get_account_id(), target["region"] or get_region())
    thread = threading.Thread(target=ecs._forward_awslogs, args=arguments, daemon=True, name="container-logs")
    thread.start()
    return thread
