"""A real training process, forked as a worker does, in which a file operation fails (see tests.faults)."""

import json
import shutil
import tempfile
import time
from multiprocessing import forkserver
from pathlib import Path

import pytest

from tests.faults import SEEN, WANTED, Faults
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.data.cache import imported_folder, write_arrays
from trainer.events import TERMINAL_KINDS, Failed
from trainer.executors import local
from trainer.executors.base import ExitStatus, Resources
from trainer.executors.local import LocalExecutor
from trainer.journal import read_entries
from trainer.run_dir import RunDir

FAULTY = "tests.trainer.executors.faulty"
"""Imported by the fork server alone: it puts another main in the place of the child's own."""


class Training:
    """One run of an epoch after the other in one folder, by one executor. Use as a context."""

    def __enter__(self) -> "Training":
        self._temporary = tempfile.TemporaryDirectory(prefix="betaboard-faults-")
        self._folder = Path(self._temporary.name)
        tiny = imported_folder("tiny", self._folder / "datasets")
        tiny.mkdir(parents=True)
        write_arrays(tiny, tiny_arrays())
        self._executor: LocalExecutor | None = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._executor is not None:
            self._executor.close()
            forkserver._forkserver._stop()  # type: ignore[attr-defined]
        self._temporary.cleanup()

    def _started(self) -> LocalExecutor:
        """The executor; its fork server imports torch, so it waits until it is needed."""
        if self._executor is None:
            forkserver._forkserver._stop()  # type: ignore[attr-defined]  # another one may run here
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(local, "PRELOADED", FAULTY)
                self._executor = LocalExecutor(self._folder / "datasets")
        return self._executor

    def play(self, faults: Faults) -> str:
        """The run's end is told in its journal, or on its pipe, in words."""
        run_dir = RunDir(self._folder / "run")
        shutil.rmtree(run_dir.path, ignore_errors=True)
        run_dir.create(
            tiny_config(threads=1, model={"width": 1}, optim={"epochs": 2, "milestones": []}),
            "folder:tiny/test",
        )
        error = faults.error.__name__ if faults.error else "odd"
        (self._folder / WANTED).write_text(json.dumps({"error": error, "at": faults.at}))
        status = self._carried_out(run_dir)
        seen = json.loads((self._folder / SEEN).read_bytes())
        faults.passed, faults.raised = list(map(tuple, seen["passed"])), seen["raised"]
        return _judged(run_dir, status)

    def _carried_out(self, run_dir: RunDir) -> ExitStatus:
        executor, until = self._started(), time.monotonic() + 600
        handle = executor.start(run_dir, attempt=1, resources=Resources(threads=1))
        while (status := executor.poll(handle)) is None:
            assert time.monotonic() < until, "the child hangs"
            time.sleep(0.002)
        return status


def _judged(run_dir: RunDir, status: ExitStatus) -> str:
    told = [entry.event for entry, _ in read_entries(run_dir.events)] if run_dir.events.exists() else []
    if told and told[-1].kind in TERMINAL_KINDS:
        if isinstance(told[-1], Failed):
            assert told[-1].message
            return "failed, as its journal says"
        assert [event.epoch for event in told if event.kind == "epoch"] == [1, 2]
        return "went on"
    assert status.told is not None, f"it vanished without a word: {status}"
    assert status.told.message
    return "failed, as it told its worker"
