"""Runs as child processes of this machine, forked from a server that has torch imported. Imports no torch.

The fork server is multiprocessing's own. It ends when the worker and its children are gone, and the children
end with the worker (see `child`), so nothing is left behind even by SIGKILL. It and its children start with
SIGINT and SIGTERM blocked: whether Ctrl-C stops a run, or a service's end that all its processes are told of,
is for the worker to decide.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Lock
from types import ModuleType

from trainer.environment import set_library_defaults
from trainer.errors import ExecutorError
from trainer.events import Failed
from trainer.executors import child, orphan
from trainer.executors.base import ExitStatus, Handle, Resources
from trainer.run_dir import RunDir

PRELOADED = "trainer.preload"
SECONDS_TO_DIE = 5.0
_THE_WORKERS = {signal.SIGINT, signal.SIGTERM}
"""Signals that the worker alone heeds."""
_SERVER_DIED = 255
"""What multiprocessing reports of a child whose fork server is gone, and with it who knew its exit code."""
_WITHOUT_SERVER = Failed(
    error_type="ForkServerEnded",
    message="The process that starts training processes ended; it may have been killed for want of memory.",
    hint="It is started again. Where that happens again, take fewer slots (--workers), or raise the limit.",
)
_NOT_BEGUN = "A training process ended before it began ({}); memory may have run out."
_ROOM = "Take fewer slots (--workers), or raise the limit; the worker's output may say more."


@dataclass
class _Child:
    process: ForkServerProcess
    control: Connection
    status: ExitStatus | None = None


class LocalExecutor:
    """An `Executor` whose runs are children of this process."""

    def __init__(self, datasets_dir: Path) -> None:
        """Start the fork server, which imports torch in the background (seconds)."""
        self._datasets_dir = datasets_dir
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([PRELOADED])
        self._children: dict[Handle, _Child] = {}
        self._starting = Lock()
        _start_fork_server()

    def start(self, run_dir: RunDir, attempt: int, resources: Resources) -> Handle:
        """Fork a child for the run. The first one waits until the fork server has imported torch.

        A fork server that has ended is started again. Raises ExecutorError where it ends meanwhile.
        """
        theirs, ours = self._context.Pipe()
        arguments = (
            run_dir.path.absolute(),
            self._datasets_dir.absolute(),
            attempt,
            resources,
            theirs,
        )
        process = self._context.Process(target=child.main, args=arguments, daemon=True)
        try:
            with self._starting, _without_main_module():
                _start_fork_server()
                process.start()
        except (EOFError, ConnectionError) as error:
            ours.close()
            raise ExecutorError(_WITHOUT_SERVER.message, _WITHOUT_SERVER.hint) from error
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        assert process.pid is not None, "a started process has an id"
        handle = Handle(run_dir, attempt, process.pid)
        self._children[handle] = _Child(process, ours)
        return handle

    def poll(self, handle: Handle) -> ExitStatus | None:
        """How the child ended; None while it lives."""
        known = self._children[handle]
        if known.status is None and known.process.exitcode is not None:
            known.status = _status(known.process.exitcode, known.control)
            known.control.close()  # should the process outlive a killed fork server, this ends it
            known.process.close()
        return known.status

    def stop(self, handle: Handle) -> None:
        """Ask the child to end after its step."""
        if self.poll(handle) is None:
            with suppress(BrokenPipeError):  # it may have ended since
                self._children[handle].control.send_bytes(child.STOP)

    def kill(self, handle: Handle) -> None:
        """Send the child SIGKILL."""
        if self.poll(handle) is None:
            self._children[handle].process.kill()

    def close(self) -> None:
        """Kill the children that live and wait until they are gone."""
        for handle in self._children:
            self.kill(handle)
        for handle, running in self._children.items():
            if running.status is None:
                running.process.join(SECONDS_TO_DIE)
                self.poll(handle)
        self._children.clear()


def _status(returncode: int, control: Connection) -> ExitStatus:
    status, words = ExitStatus.from_returncode(returncode), child.words_of(control)
    if returncode == _SERVER_DIED:
        return replace(status, told=_WITHOUT_SERVER, machines_fault=words is None, lost=words is not None)
    if words is None:
        told = Failed(error_type="ProcessNotBegun", message=_NOT_BEGUN.format(status), hint=_ROOM)
        return replace(status, told=told, machines_fault=True)
    return replace(status, told=words.failed, machines_fault=words.machines_fault, lost=words.lost)


def _start_fork_server() -> None:
    """Start the fork server, where none runs, with _THE_WORKERS blocked; it hands that down to its children.

    The resource tracker that it needs comes first: starting that one unblocks them.
    """
    set_library_defaults()
    os.environ[orphan.PARENT] = str(os.getpid())
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _THE_WORKERS)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_main_module() -> Iterator[None]:
    """Hide the worker's main module while a child is described.

    Multiprocessing would have each child import it again, with all the web code behind it.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
