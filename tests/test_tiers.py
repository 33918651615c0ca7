"""What is to run on one worker reaches it as a group; without one a file's costly fixtures are made on each."""

import pytest


@pytest.mark.xdist_group("told-apart")
def test_a_group_reaches_the_scheduler(request, worker_id):
    assert worker_id == "master" or request.node.nodeid.endswith("@told-apart")
