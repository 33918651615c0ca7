"""What ECS's documentation lists as reasons, and whether somebody has to do something about them."""

import pytest

from rollcall.dispatch.capacity import comes_back


@pytest.mark.parametrize(
    "reason",
    [
        "FARGATE: Capacity is unavailable at this time. Please try again later or in a different availability zone",
        "You’ve reached the limit on the number of vCPUs you can run concurrently",
        "You've reached the limit on the number of tasks you can run concurrently",
        "RESOURCE:CPU",
        "RESOURCE:ENI",
        "An error occurred (ThrottlingException) when calling the RunTask operation: Rate exceeded",
        "An error occurred (ServerException) when calling the RunTask operation: Service Unavailable.",
        "An error occurred (ClientException) when calling the RunTask operation: The tasks provisioning capacity limit "
        "was exceeded.",
    ],
)
def test_room_comes_back_by_itself(reason):
    assert comes_back(reason)


@pytest.mark.parametrize(
    "reason",
    [
        "The requested CPU configuration is above your limit",
        "ATTRIBUTE",
        "LOCATION",
        "An error occurred (AccessDeniedException) when calling the RunTask operation: User is not authorized",
        "An error occurred (ClientException) when calling the RunTask operation: TaskDefinition is inactive",
        "An error occurred (ClusterNotFoundException) when calling the RunTask operation: Cluster not found.",
        "An error occurred (InvalidParameterException) when calling the RunTask operation: Invalid subnet",
        "An error occurred (BlockedException) when calling the RunTask operation: Your account has been blocked.",
        "Task timed out after 60.00 seconds",
    ],
)
def test_what_is_refused_waits_for_somebody_to_correct_it(reason):
    assert not comes_back(reason)
