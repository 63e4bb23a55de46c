"""Child processes: nothing outlives the worker, Ctrl-C spares them, the worker needs no torch."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
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
from trainer.executors.base import Resources
from trainer.executors.local import LocalExecutor
from trainer.run_dir import RunDir

executor = LocalExecutor(Path(sys.argv[1]))
handles = [executor.start(RunDir(Path(path)), 1, Resources(1)) for path in sys.argv[2:]]
print("torch" in sys.modules, *(handle.pid for handle in handles), flush=True)
while any(executor.poll(handle) is None for handle in handles):
    time.sleep(0.05)
print(*(executor.poll(handle) for handle in handles), flush=True)
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
        self.children = [psutil.Process(int(pid)) for pid in words[1:]]
        self.family = psutil.Process(self.process.pid).children(recursive=True)

    def report(self) -> str:
        """How its runs ended, once all have."""
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


@pytest.fixture
def worker(tmp_path: Path, datasets_dir: Path, endless: RunDir) -> Iterator[Worker]:
    """A worker whose child trains."""
    started = Worker(tmp_path / "worker.py", datasets_dir, [endless])
    wait_for(lambda: trains(endless))
    yield started
    started.end()


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def trains(run_dir: RunDir) -> bool:
    return any(entry.event.kind == "epoch" for entry, _ in read_entries(run_dir.events))


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_nothing_outlives_a_killed_worker(worker: Worker, endless: RunDir) -> None:
    assert not worker.has_torch
    assert worker.children[0].environ()["GOMP_SPINCOUNT"] == "1000"
    assert len(worker.family) == 3  # resource tracker, fork server, child
    worker.process.kill()
    worker.process.wait()
    wait_for(lambda: all(gone(process) for process in worker.family))


def test_ctrl_c_spares_the_child_and_a_kill_is_reported_by_its_signal(worker: Worker) -> None:
    for process in worker.family[1:]:
        process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert not any(gone(process) for process in worker.family)
    assert os.getpgid(worker.children[0].pid) != os.getpgid(worker.process.pid)
    worker.children[0].kill()
    assert worker.report() == "killed by SIGKILL"


def test_a_child_does_not_outlive_a_killed_fork_server(worker: Worker) -> None:
    server = worker.children[0].parent()
    assert server is not None
    server.kill()
    assert worker.report() == "exit code 255"
    wait_for(lambda: gone(worker.children[0]))


def test_output_of_the_child_goes_to_the_log(tmp_path: Path, datasets_dir: Path, run_dir: RunDir) -> None:
    """A journal that cannot be written is no event: what the process says last must still be found."""
    run_dir.create(tiny_config())
    run_dir.events.mkdir()
    crashing = Worker(tmp_path / "worker.py", datasets_dir, [run_dir])
    assert crashing.report() == "exit code 1"
    crashing.end()
    assert "IsADirectoryError" in run_dir.log.read_text()


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
