"""Runs as threads of this process: for tests, without a fork server or a second import of torch."""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from trainer.executors.base import ExitStatus, Handle, Resources
from trainer.failures import failure, is_the_machines
from trainer.run_dir import RunDir
from trainer.runner import run_child


class _KilledError(BaseException):
    """Ends a run as SIGKILL would: no ending reaches its journal."""


@dataclass
class _Run:
    stop: Flag = field(default_factory=Flag)
    killed: Flag = field(default_factory=Flag)
    status: ExitStatus | None = None
    thread: Thread | None = None

    def should_stop(self) -> bool:
        """Asked by the loop after each step."""
        if self.killed.is_set():
            raise _KilledError
        return self.stop.is_set()


class InlineExecutor:
    """An `Executor` whose runs share this process. A kill takes effect after the step."""

    def __init__(self, datasets_dir: Path) -> None:
        self._datasets_dir = datasets_dir
        self._runs: dict[Handle, _Run] = {}

    def start(self, run_dir: RunDir, attempt: int, resources: Resources) -> Handle:
        """Begin the run in a thread."""
        handle, run = Handle(run_dir, attempt, os.getpid()), _Run()
        run.thread = Thread(target=self._carry_out, args=(handle, run, resources), daemon=True)
        self._runs[handle] = run
        run.thread.start()
        return handle

    def poll(self, handle: Handle) -> ExitStatus | None:
        """How the run ended; None while it goes on."""
        return self._runs[handle].status

    def stop(self, handle: Handle) -> None:
        """Ask the run to end after its step."""
        self._runs[handle].stop.set()

    def kill(self, handle: Handle) -> None:
        """End the run after its step, without an ending in its journal."""
        self._runs[handle].killed.set()

    def close(self) -> None:
        """Kill what still runs and wait for it."""
        for handle, run in self._runs.items():
            self.kill(handle)
            if run.thread is not None:
                run.thread.join()
        self._runs.clear()

    def _carry_out(self, handle: Handle, run: _Run, resources: Resources) -> None:
        try:
            code = run_child(
                handle.run_dir,
                self._datasets_dir,
                handle.attempt,
                run.should_stop,
                lambda _: None,
                resources,
            )
            run.status = ExitStatus(int(code), None)
        except _KilledError:
            run.status = ExitStatus(None, signal.SIGKILL)
        except Exception as error:
            run.status = ExitStatus(1, None, failure(error), is_the_machines(error))
