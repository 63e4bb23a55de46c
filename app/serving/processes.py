"""`serve`'s processes: one web process and one worker, started again when they end, ended together.

The parent is thin: it holds the listening socket, so that the port is taken before anything starts and
survives a new web process, and it holds the pipes that keep its children alive (see child). It trains
nothing and answers nothing.
"""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from threading import Event

from app.errors import SetupError
from app.serving.signals import INTERRUPTED
from app.settings import Settings
from trainer.plugins import problems

LOOK_SECONDS = 0.2
CLOSE_SECONDS = 15.0
FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 10.0
"""A process that lived this long is started again at once; each earlier end doubles the delay."""

_REFUSED = 2


class Processes:
    """The web process and the worker of one installation. Use as a context, with `run_until` inside."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        """`say` gets a sentence whenever a process ended by itself. Nothing is started yet."""
        self._settings = settings
        self._say = say
        self._socket: socket.socket | None = None
        self._children: list[_Child] = []
        self.imports = False
        """Whether this process and its children do nothing but import: to end at once loses nothing."""

    def __enter__(self) -> "Processes":
        """Take the port, prepare the installation, start both processes. Raises SetupError."""
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where the pages are."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
        host = everywhere.get(self._settings.host, self._settings.host)
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self._settings.port}{self._settings.root_path}"

    def run_until(self, stop: Event) -> int:
        """Start again whatever ends, until `stop` is set; returns the exit code."""
        while not stop.wait(LOOK_SECONDS):
            for child in self._children:
                if child.tend(self._settings, self._say) == _REFUSED:
                    return _REFUSED
        return 0

    def close(self) -> None:
        """Ask both to end, wait for them, and let go of the port; closing twice is harmless."""
        for child in self._children:
            child.ask_to_end()
        deadline = time.monotonic() + CLOSE_SECONDS
        for child in self._children:
            child.end(deadline)
        self._children = []
        if self._socket is not None:
            self._socket.close()

    def kill(self) -> None:
        """End both at once, and this process too while it `imports`; safe within a signal handler."""
        for child in self._children:
            child.kill()
        if self.imports:
            os._exit(INTERRUPTED)

    def _start(self) -> None:
        self._socket = _listen(self._settings.host, self._settings.port)
        port = self._socket.getsockname()[1]
        self._settings = self._settings.model_copy(update={"port": port})
        fd = self._socket.fileno()
        self.imports = True
        self._children.append(_Child("web", (str(fd),), (fd,)))
        if self._settings.workers:
            self._children.append(_Child("worker"))
        from app.serving.installation import prepare  # while the children import what they need

        self.imports = False
        prepare(self._settings, self._say)
        for problem in problems():
            self._say(problem)
        for child in self._children:
            child.tell(self._settings)


class _Child:
    """One process, and when to start it again."""

    def __init__(self, role: str, arguments: Sequence[str] = (), fds: Sequence[int] = ()) -> None:
        self._role = role
        self._command = [sys.executable, "-m", "app.serving.child", role, *arguments]
        self._fds = tuple(fds)
        self._delay = FIRST_DELAY_SECONDS
        self._due: float | None = None
        self._spawn()

    def tell(self, settings: Settings) -> None:
        """Give the process its settings; it begins."""
        assert self._process.stdin is not None, "the pipe is asked for in _spawn"
        with contextlib.suppress(BrokenPipeError):  # it has ended; tend sees that
            self._process.stdin.write(settings.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()

    def tend(self, settings: Settings, say: Callable[[str], None]) -> int | None:
        """Start the process again where it has ended and its delay is over; returns its exit code."""
        code = self._process.poll()
        if code in (None, _REFUSED):
            return code
        if self._due is None:
            self._due = self._put_off()
            say(f"The {self._role} process ended ({_ending(code)}) and is started again.")
        elif time.monotonic() >= self._due:
            self._due = None
            self._spawn()
            self.tell(settings)
        return code

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL."""
        if self._process.poll() is None:
            self._process.kill()

    def end(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic), then kill."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._hang_up()

    def _spawn(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, pass_fds=self._fds, start_new_session=True
        )
        self._born = time.monotonic()

    def _put_off(self) -> float:
        self._hang_up()
        steady = time.monotonic() - self._born > STEADY_SECONDS
        delay = FIRST_DELAY_SECONDS if steady else self._delay
        self._delay = min(2 * delay, LONGEST_DELAY_SECONDS)
        return time.monotonic() + delay

    def _hang_up(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises SetupError."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(f"Port {port} of {host} is in use.", "Choose another with --port.") from error
        raise SetupError(f"Cannot listen on port {port} of {host}: {error.strerror}.") from error


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
