"""An executor without processes whose runs train for real, and always in the same order with the worker."""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore, Thread

from trainer.executors.base import ExitStatus, Handle, Resources
from trainer.failures import failure, is_the_machines
from trainer.run_dir import RunDir
from trainer.runner import run_child


class _KilledError(BaseException):
    """Ends a run as SIGKILL would: no ending reaches its journal."""


@dataclass
class _Run:
    goes_on: Semaphore = field(default_factory=lambda: Semaphore(0))
    pauses: Semaphore = field(default_factory=lambda: Semaphore(0))
    status: ExitStatus | None = None
    stopped: bool = False
    killed: bool = False

    def advance(self) -> None:
        """Let it go on to its next entry or its end."""
        self.goes_on.release()
        assert self.pauses.acquire(timeout=60), "the run hangs"

    def pause(self, _: object = None) -> None:
        """Wait for the next step; called within the run after each entry."""
        self.pauses.release()
        self.goes_on.acquire()
        if self.killed:
            raise _KilledError


class SteppedExecutor:
    """An `Executor`: a run goes on by one entry of its journal each time that its worker asks how it is."""

    def __init__(self, datasets_dir: Path) -> None:
        self._datasets_dir = datasets_dir
        self._runs: dict[Handle, _Run] = {}

    def start(self, run_dir: RunDir, attempt: int, resources: Resources) -> Handle:
        handle, run = Handle(run_dir, attempt, os.getpid()), _Run()
        self._runs[handle] = run
        Thread(target=self._carry_out, args=(handle, run, resources), daemon=True).start()
        return handle

    def poll(self, handle: Handle) -> ExitStatus | None:
        run = self._runs[handle]
        if run.status is None:
            run.advance()
        return run.status

    def stop(self, handle: Handle) -> None:
        self._runs[handle].stopped = True

    def kill(self, handle: Handle) -> None:
        run = self._runs[handle]
        run.killed = True
        while run.status is None:
            run.advance()

    def close(self) -> None:
        for handle in self._runs:
            self.kill(handle)

    def _carry_out(self, handle: Handle, run: _Run, resources: Resources) -> None:
        run.goes_on.acquire()
        folders = (handle.run_dir, self._datasets_dir)
        try:
            code = run_child(*folders, handle.attempt, lambda: run.stopped, run.pause, resources)
            run.status = ExitStatus(int(code), None)
        except _KilledError:
            run.status = ExitStatus(None, signal.SIGKILL)
        except Exception as error:
            run.status = ExitStatus(1, None, failure(error), is_the_machines(error))
        run.pauses.release()
