"""AWS: ECS and Batch kill a container that exceeds its memory; Lambda ends a function's process."""

import signal
import subprocess
import sys

import pytest

from embedded_cloud.extension import memory_limits

EATS = "import time\neaten = []\nwhile True:\n  eaten.append(b'x' * 20_000_000)\n  time.sleep(0.02)\n"


@pytest.fixture
def process():
    """process(code): a Python process that is there until the test ends."""
    started = []

    def start(code: str) -> subprocess.Popen:
        started.append(subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


def test_a_function_that_takes_more_memory_than_it_has_is_ended(cloud):
    indented = EATS.replace("\n", "\n  ")
    cloud.function("eating", f"def handler(event, context):\n  {indented}", MemorySize=128, Timeout=60)
    assert "errorType" in cloud.invoke("eating")


def test_within_its_limit_nothing_is_killed(process):
    it = process("print('ready', flush=True); import time; time.sleep(60)")
    it.stdout.readline()
    memory_limits.keep_to(512, it.pid)
    assert it.poll() is None


def test_the_largest_process_goes_first(process):
    big = "eaten = b'x' * 300_000_000; print('ready', flush=True); import time; time.sleep(60)"
    it = process(f"import subprocess, sys; print(subprocess.run([sys.executable, '-c', {big!r}]).returncode)")
    assert it.stdout.readline() == "ready\n"
    memory_limits.keep_to(100, it.pid)
    assert int(it.stdout.readline()) == -signal.SIGKILL
    assert it.wait() == 0


def test_one_that_asked_for_it_goes_before_a_larger_one(process):
    volunteer = (
        "open('/proc/self/oom_score_adj', 'w').write('1000'); print('ready', flush=True); import time; time.sleep(60)"
    )
    it = process(
        "import subprocess, sys; eaten = b'x' * 300_000_000; "
        f"print(subprocess.run([sys.executable, '-c', {volunteer!r}]).returncode)"
    )
    assert it.stdout.readline() == "ready\n"
    memory_limits.keep_to(100, it.pid)
    assert int(it.stdout.readline()) == -signal.SIGKILL
    assert it.wait() == 0
