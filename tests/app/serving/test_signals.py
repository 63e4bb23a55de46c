"""An event that a signal handler sets: no moment at which it comes can stop the process from ending."""

import os
import signal
import time
from collections.abc import Iterator
from threading import Thread, Timer

import pytest

from app.serving.signals import SignalEvent, stop_on_signals


@pytest.fixture
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_wakes_all_who_wait() -> None:
    event, woken = SignalEvent(), list[bool]()
    threads = [Thread(target=lambda: woken.append(event.wait(20))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert not event.wait(0.05)
    event.set()
    event.set()
    for thread in threads:
        thread.join()
    assert woken == [True] * 3
    assert event.is_set()
    assert event.wait()


@pytest.mark.slow
@pytest.mark.usefixtures("_handlers")
def test_signals_in_the_midst_of_waiting_are_heeded() -> None:
    """Waits of no time at all, so that signals come while the main thread is inside `wait`."""
    stop = stop_on_signals()
    Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    until = time.monotonic() + 10
    while not stop.wait(0):
        assert time.monotonic() < until


@pytest.mark.usefixtures("_handlers")
def test_the_second_signal_ends_at_once() -> None:
    ended: list[bool] = []
    stop = stop_on_signals(at_once=lambda: ended.append(True))
    for wanted in (0, 1):
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(5)
        assert len(ended) == wanted
