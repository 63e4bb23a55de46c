"""The web server in a thread of a test's process: it is up when the test begins, and has ended when it ends.

One that outlived its test would start, log and fail in the next one, whose folder is another.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from app.main import web_server
from app.settings import Settings


class Served:
    """A server that can be ended and begun again at one address."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.port = 0
        self.begin()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._server = web_server(self.settings)
        self._thread = Thread(target=self._server.run, args=([listening],), name=f"server at {self.url}")
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the web server does not start"
            time.sleep(0.005)

    def end(self) -> None:
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive(), "the web server hangs when it is asked to end"


@contextmanager
def served(settings: Settings) -> Iterator[Served]:
    """A server, ended in the end."""
    server = Served(settings)
    try:
        yield server
    finally:
        server.end()
