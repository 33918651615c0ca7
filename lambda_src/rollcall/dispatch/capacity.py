"""What ECS says when a task finds no place now and may find one later. All else stays until somebody corrects it."""

# Of a message, whatever comes before and after.
LATER = (
    # ECS developer guide, "Service event messages"; the failures of RunTask have the same words.
    "Capacity is unavailable at this time",  # Fargate, or Fargate Spot, is used up in the zones of the subnets
    "reached the limit on the number of",  # the account's vCPUs or tasks at once, until others have ended
    "provisioning capacity limit",  # five hundred tasks of a cluster at once
    # ECS developer guide, "API failure reasons": CPU, memory, ports or network interfaces are taken.
    "RESOURCE:",
    # ECS API reference, "Common errors" and those of RunTask: too many calls, or ECS itself is out of order.
    "ThrottlingException",
    "ServerException",
    "ServiceUnavailable",
    "InternalFailure",
)


def comes_back(reason: str) -> bool:
    """Whether what a task was not started for is only a lack of capacity, or of ECS itself."""
    return any(words in reason for words in LATER)
