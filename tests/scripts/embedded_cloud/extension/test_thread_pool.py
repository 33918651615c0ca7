import threading
import time

from tests.scripts.embedded_cloud.conftest import PATIENCE_SECONDS

from embedded_cloud.extension.thread_pool import ThreadPool


def test_no_more_calls_run_at_once_than_the_crew_has_members():
    thread_pool, free = ThreadPool("test", size=2), threading.Event()
    running, done = threading.Semaphore(0), threading.Semaphore(0)

    def call():
        running.release()
        free.wait()
        done.release()

    for _ in range(6):
        thread_pool.submit(call)
    assert running.acquire(timeout=PATIENCE_SECONDS) and running.acquire(timeout=PATIENCE_SECONDS)
    assert not running.acquire(timeout=0.1)
    free.set()
    assert all(done.acquire(timeout=PATIENCE_SECONDS) for _ in range(6))


def test_calls_run_when_they_are_due_not_when_they_were_submitted():
    thread_pool, free, done, order = ThreadPool("test", size=1), threading.Event(), threading.Event(), []
    thread_pool.submit(free.wait)
    began = time.monotonic()
    thread_pool.submit_after(0.2, done.set)
    thread_pool.submit(order.append, "now")
    thread_pool.submit_after(-60, order.append, "a minute ago")
    free.set()
    assert done.wait(PATIENCE_SECONDS)
    assert order == ["a minute ago", "now"]
    assert time.monotonic() - began >= 0.2


def test_a_failing_call_does_not_end_its_thread():
    thread_pool, done = ThreadPool("test", size=1), threading.Event()
    thread_pool.submit(lambda: 1 / 0)
    thread_pool.submit(done.set)
    assert done.wait(PATIENCE_SECONDS)
