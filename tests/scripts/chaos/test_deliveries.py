"""A queue with the injectors in front of it."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def post(tmp_path_factory) -> dict:
    """What became of a thousand messages."""
    scripts = Path(__file__).resolve().parents[3] / "scripts"
    variables = {"PYTHONPATH": str(scripts), "ROLLCALL_CLOUD_DIR": str(tmp_path_factory.mktemp("cloud"))}
    command = [sys.executable, str(Path(__file__).with_name("post_office.py"))]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_dropped_message_never_arrives_and_a_doubled_one_twice(post):
    times = Counter(post["delivered"].values())
    assert set(times) == {1, 2}
    assert times[2] == post["reported"]["duplicated"] > 50
    assert post["sent"] - len(post["delivered"]) == post["reported"]["dropped"] > 20


def test_messages_are_not_handed_out_in_the_order_they_were_sent_in(post):
    assert not post["in_order"]
