"""Child processes: nothing outlives the worker, Ctrl-C spares them, the worker needs no torch."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.trainer.tiny import tiny_config
from trainer.executors import child
from trainer.executors.base import Resources
from trainer.executors.local import LocalExecutor
from trainer.journal import read_entries
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
WORKER = """
import sys, time
from pathlib import Path
from trainer.executors.base import Resources
from trainer.executors.local import LocalExecutor
from trainer.run_dir import RunDir

executor = LocalExecutor(Path(sys.argv[1]))
handles = [executor.start(RunDir(Path(path)), 1, Resources(1)) for path in sys.argv[2:]]
print("torch" in sys.modules, *(handle.pid for handle in handles), flush=True)
left = dict(enumerate(handles))
while left:
    for number, status in [(number, executor.poll(handle)) for number, handle in left.items()]:
        if status is not None:
            print(number, status, flush=True)
            del left[number]
    time.sleep(0.05)
"""


class Worker:
    """A process that carries out runs and knows nothing else."""

    def __init__(self, script: Path, datasets_dir: Path, run_dirs: list[RunDir]) -> None:
        script.write_text(WORKER)
        command = [sys.executable, str(script), str(datasets_dir), *(str(run.path) for run in run_dirs)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        self.has_torch = words[0] == "True"
        self._pids = [int(pid) for pid in words[1:]]
        self.family = psutil.Process(self.process.pid).children(recursive=True)

    def child(self, number: int) -> psutil.Process:
        """The process of that run."""
        return psutil.Process(self._pids[number])

    def report(self) -> str:
        """How the next of its runs ended, after its number."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        """Kill the worker and whatever it left."""
        self.process.kill()
        for process in self.family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.communicate()


@pytest.fixture
def endless(run_dir: RunDir) -> RunDir:
    run_dir.create(tiny_config(optim={"epochs": 9999}))
    return run_dir


@contextmanager
def working(tmp_path: Path, datasets_dir: Path, *runs: RunDir) -> Iterator[Worker]:
    """A worker with these runs, of which nothing is left in the end."""
    worker = Worker(tmp_path / "worker.py", datasets_dir, list(runs))
    try:
        yield worker
    finally:
        worker.end()


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def trains(run_dir: RunDir) -> bool:
    return any(entry.event.kind == "epoch" for entry, _ in read_entries(run_dir.events))


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_nothing_outlives_a_killed_worker(tmp_path: Path, datasets_dir: Path, endless: RunDir) -> None:
    with working(tmp_path, datasets_dir, endless) as worker:
        wait_for(lambda: trains(endless))
        assert not worker.has_torch
        assert worker.child(0).environ()["GOMP_SPINCOUNT"] == "1000"
        assert len(worker.family) == 3  # resource tracker, fork server, child
        worker.process.kill()
        worker.process.wait()
        wait_for(lambda: all(gone(process) for process in worker.family))


def test_each_end_of_a_child_is_told(tmp_path: Path, datasets_dir: Path, endless: RunDir) -> None:
    """By its exit code, with its last words in the log; by a signal, but none of Ctrl-C; with its server."""
    unwritable, other = RunDir(tmp_path / "unwritable"), RunDir(tmp_path / "other")
    unwritable.create(tiny_config())
    unwritable.events.mkdir()  # no event can tell of it, so the log must
    other.create(tiny_config(optim={"epochs": 9999}))
    with working(tmp_path, datasets_dir, unwritable, endless, other) as worker:
        assert worker.report() == "0 exit code 1"
        assert "IsADirectoryError" in unwritable.log.read_text()
        wait_for(lambda: trains(endless) and trains(other))
        first, second = worker.child(1), worker.child(2)
        server = first.parent()
        assert server is not None
        for process in (server, first, second):
            process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert not any(gone(process) for process in (server, first, second))
        assert os.getpgid(first.pid) != os.getpgid(worker.process.pid)
        first.kill()
        assert worker.report() == "1 killed by SIGKILL"
        server.kill()
        assert worker.report() == "2 exit code 255"
        wait_for(lambda: gone(second))


def _die(*_: object) -> None:
    """What a child does whose imports find no memory."""
    os._exit(1)


def test_a_child_that_never_began_is_no_fault_of_its_run(
    endless: RunDir, datasets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B5: under a limit of 1.3 GB, 40 runs in a row "vanished"."""
    monkeypatch.setattr(child, "main", _die)
    executor = LocalExecutor(datasets_dir)
    handle = executor.start(endless, attempt=1, resources=Resources(threads=1))
    wait_for(lambda: executor.poll(handle) is not None)
    status = executor.poll(handle)
    executor.close()
    assert status is not None
    assert status.machines_fault
    assert status.told is not None
    assert "before it began (exit code 1)" in status.told.message
