"""What `serve` starts: `python -m app.serving.child web FD` or `python -m app.serving.child worker`.

The parent writes the settings as one line to standard input (a token must not show in the list of
processes) and keeps that pipe open. When it closes, the parent is gone, and this process ends too. Imports
come before the settings, so that they are done while the parent prepares the database.
"""

import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from threading import Thread

from app.errors import SetupError
from app.logs import log_to_stderr
from app.serving.signals import stop_on_signals
from app.settings import Settings
from trainer.visible import visible_lines

_M_TRIM_THRESHOLD, _M_ARENA_MAX = -1, -8
"""Parameters of mallopt, as malloc.h numbers them."""

SECONDS_TO_END = 15.0
"""After this long without its parent, a process that does not end by itself is ended."""


def main(role: str, *arguments: str) -> int:
    """Be the web process or the worker; returns the exit code."""
    log_to_stderr()
    run = _web(int(arguments[0])) if role == "web" else _worker()
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        run(Settings.model_validate_json(line))
    except SetupError as error:
        print(visible_lines(f"{error.message} {error.hint}".strip()), file=sys.stderr)
        return 2
    return 0


def _web(listening: int) -> Callable[[Settings], None]:
    _keep_little_memory()
    gc.disable()  # what imports make lives for ever: looking for garbage in it costs a tenth of the start
    from app.main import serve_web  # a worker has no use for it

    gc.freeze()
    gc.enable()
    return lambda settings: serve_web(settings, sockets=[socket.socket(fileno=listening)])


def _keep_little_memory() -> None:
    """Have glibc give memory back: many threads make pages, and by default each keeps a heap of its own.

    A third of what is resident after pages of many classes was such heaps. One for all costs no time that can
    be measured: threads of Python ask for memory one at a time anyhow. Other C libraries have no such switch,
    and need none.
    """
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_TRIM_THRESHOLD, 256 * 1024)  # this also ends the growth of what is not given back


def _worker() -> Callable[[Settings], None]:
    from app.worker.supervisor import work  # the web process has no use for it

    return lambda settings: work(settings, stop_on_signals())


def _end_with_parent() -> None:
    """Wait for the pipe to close; os.read, as a buffered reader would hold its lock at exit."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_END)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
