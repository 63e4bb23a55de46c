"""A fork server that imports torch ends with its worker, and not only once it is done. Imports no torch.

Multiprocessing's fork server looks up after its imports; on a busy machine that is half a minute.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

PARENT = "BETABOARD_FORK_SERVER_PARENT"
"""Environment variable: the process id of the worker that starts a fork server."""
LOOK_SECONDS = 0.1


@contextmanager
def ends_with_parent() -> Iterator[None]:
    """End this process where the one that PARENT names is not its parent, or is not any more.

    The thread that looks is gone after the block: a process with threads must not fork.
    """
    parent, done = os.environ.get(PARENT), Event()

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            if os.getppid() != int(parent or 0):
                os._exit(1)

    watching = Thread(target=watch, daemon=True)
    if parent is not None:
        watching.start()
    try:
        yield
    finally:
        done.set()
        if parent is not None:
            watching.join()
