"""Signals that ask a process to end, as an event that their handler may set at any moment.

A handler runs in the main thread between two of its instructions. A KeyboardInterrupt there may leave a lock
held for ever, and so may `threading.Event.set`, whose lock the main thread may be holding; either way the
process never ends. So the handler only writes a byte to a pipe, and whoever waits, waits for that.
"""

import os
import select
import signal
from collections.abc import Callable
from threading import Event

INTERRUPTED = 130
"""Exit code of a program that Ctrl-C ended."""


class SignalEvent(Event):
    """An event without locks: its `set` is safe within a signal handler. It is never cleared."""

    def __init__(self) -> None:
        super().__init__()
        self._set = False
        self._read, self._write = os.pipe()

    def set(self) -> None:
        """Wake whoever waits; again changes nothing."""
        if not self._set:
            self._set = True
            os.write(self._write, b"!")

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it, at most `timeout` seconds."""
        waiting = select.poll()
        waiting.register(self._read, select.POLLIN)
        waiting.poll(None if timeout is None else 1000 * timeout)
        return self._set

    def __del__(self) -> None:
        for end in (self._read, self._write):
            os.close(end)


def raise_on_interrupt() -> None:
    """Have SIGINT raise KeyboardInterrupt, where it would end this process (see `app.__main__`)."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def stop_on_signals(
    at_once: Callable[[], None] = lambda: None, hurries: Callable[[], bool] = lambda: False
) -> SignalEvent:
    """An event that SIGTERM and SIGINT set.

    A second one, and the first where something `hurries`, calls `at_once`, within the handler.
    """
    stop = SignalEvent()

    def heed(*_: object) -> None:
        if stop.is_set() or hurries():
            at_once()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heed)
    return stop
