"""An executor without processes: tests say what its children do."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from trainer.executors.base import ExitStatus, Handle, Resources
from trainer.run_dir import RunDir


class ScriptedExecutor:
    """Records what it is asked for. A child lives until `end` or a kill.

    followed: those whose handles came to the slot that asked for them, which is after they have started.
    """

    def __init__(self, on_start: Callable[[Handle], None] = lambda _: None) -> None:
        self.on_start = on_start
        self.started: list[Handle] = []
        self.resources: list[Resources] = []
        self.followed: dict[Handle, None] = {}
        self.stopped: list[Handle] = []
        self.killed: list[Handle] = []
        self._ended: dict[Handle, ExitStatus] = {}

    def start(self, run_dir: RunDir, attempt: int, resources: Resources) -> Handle:
        handle = Handle(run_dir, attempt, os.getpid())
        self.on_start(handle)
        self.started.append(handle)
        self.resources.append(resources)
        return handle

    def poll(self, handle: Handle) -> ExitStatus | None:
        self.followed[handle] = None
        return self._ended.get(handle)

    def stop(self, handle: Handle) -> None:
        self.stopped.append(handle)

    def kill(self, handle: Handle) -> None:
        self.killed.append(handle)
        self._ended.setdefault(handle, ExitStatus(None, signal.SIGKILL))

    def end(self, handle: Handle, status: ExitStatus = ExitStatus(0, None)) -> None:  # noqa: B008 (frozen)
        self._ended[handle] = status

    def close(self) -> None:
        for handle in self.started:
            self.kill(handle)


class AtOnce(Executor):
    """Starts children in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done
