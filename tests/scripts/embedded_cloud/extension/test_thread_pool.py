import threading

from embedded_cloud.extension.thread_pool import ThreadPool


def test_no_more_calls_run_at_once_than_the_crew_has_members():
    thread_pool, free, running, most = ThreadPool("test", size=2), threading.Event(), [], []
    done = threading.Semaphore(0)

    def call():
        running.append(1)
        most.append(len(running))
        free.wait(0.05)
        running.pop()
        done.release()

    for _ in range(6):
        thread_pool.submit(call)
    assert all(done.acquire(timeout=5) for _ in range(6))
    assert max(most) == 2


def test_calls_run_when_they_are_due_not_when_they_were_submitted():
    thread_pool, order, done = ThreadPool("test", size=1), [], threading.Event()
    thread_pool.submit_after(0.1, done.set)
    thread_pool.submit_after(0.05, order.append, "later")
    thread_pool.submit(order.append, "now")
    assert done.wait(5)
    assert order == ["now", "later"]


def test_a_failing_call_does_not_end_its_thread():
    thread_pool, done = ThreadPool("test", size=1), threading.Event()
    thread_pool.submit(lambda: 1 / 0)
    thread_pool.submit(done.set)
    assert done.wait(5)
