"""Starts children beside the worker's loop, one at a time, by threads that do not keep the process alive.

A start waits for the fork server, and that one for its imports: a worker that is told to end does not wait.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Event, Lock, Thread
from typing import Any


class Starter(Executor):
    """An executor of `concurrent.futures` with daemon threads."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._closed = Event()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call it in a thread of its own, once no other start goes on."""
        done: Future[Any] = Future()

        def carry_out() -> None:
            with self._one_at_a_time:
                if self._closed.is_set():
                    done.cancel()
                    return
                try:
                    done.set_result(fn(*args, **kwargs))
                except BaseException as error:
                    done.set_exception(error)

        Thread(target=carry_out, name="start", daemon=True).start()
        return done

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:  # noqa: ARG002 (base's)
        """Begin nothing more; what was begun is not waited for."""
        self._closed.set()
