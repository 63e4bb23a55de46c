"""A real `betaboard serve`, whose whole family of processes can be found, even when it is gone itself."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from tests.trainer.tiny import tiny_arrays
from trainer.data.cache import imported_folder, write_arrays

MARK = "BETABOARD_TEST_FAMILY"


class Family:
    """`serve` on a free port, and every process that came from it (known by a mark in their environment)."""

    def __init__(self, data_dir: Path, workers: int = 1, options: Sequence[str] = ()) -> None:
        self._mark = uuid.uuid4().hex
        command = [
            sys.executable,
            "-c",
            "from app.__main__ import main; main()",
            "serve",
            "--data-dir",
            str(data_dir),
        ]
        self.parent = subprocess.Popen(
            [*command, "--port", "0", "--workers", str(workers), *options],
            env={**os.environ, MARK: self._mark, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.parent.stdout is not None
        line = self.parent.stdout.readline()
        self.url = line.split(" is at ")[1].split(" ")[0]

    def alive(self) -> list[psutil.Process]:
        """All living processes of the family."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def web(self) -> list[psutil.Process]:
        """The web process, while there is one."""
        return self._children("web")

    def worker(self) -> list[psutil.Process]:
        """The worker, while there is one."""
        return self._children("worker")

    def _children(self, wanted: str) -> list[psutil.Process]:
        """Of the parent itself: what a worker forks looks like a worker until it has become a fork server."""
        found = [process for process in self.alive() if role(process) == wanted]
        return [process for process in found if parent_of(process) == self.parent.pid]

    def trainers(self) -> list[psutil.Process]:
        """Children that train: forked by a fork server, so they look like one."""
        servers = [process for process in self.alive() if "fork server" in role(process)]
        pids = {process.pid for process in servers}
        return [process for process in servers if parent_of(process) in pids]

    def end(self) -> list[psutil.Process]:
        """Have it end by SIGTERM and return whoever is left; a fork server first finishes its imports."""
        self.parent.send_signal(signal.SIGTERM)
        self.parent.wait(60)
        return self.left(seconds=60)

    def left(self, seconds: float) -> list[psutil.Process]:
        """Whoever still lives after waiting up to `seconds` for all to end."""
        deadline = time.monotonic() + seconds
        while (alive := self.alive()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return alive

    def kill(self) -> None:
        """End everything at once."""
        for process in self.alive():
            process.kill()
        self.parent.wait(60)
        if self.parent.stdout is not None:
            self.parent.stdout.close()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self._mark
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            return False


def role(process: psutil.Process) -> str:
    """web, worker, fork server (and what it forked), or something else."""
    try:
        line = process.cmdline()
    except psutil.NoSuchProcess:
        return "gone"
    if "app.serving.child" in line:
        return line[line.index("app.serving.child") + 1]
    return "fork server" if any("multiprocessing.forkserver" in part for part in line) else "other"


def parent_of(process: psutil.Process) -> int | None:
    """Id of its parent; None once it is gone."""
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None


def add_tiny_dataset(datasets_dir: Path) -> None:
    """Lay out folder:tiny as an import would."""
    folder = imported_folder("tiny", datasets_dir)
    folder.mkdir(parents=True)
    write_arrays(folder, tiny_arrays())


def wait_for(condition: Callable[[], bool], seconds: float = 240) -> None:
    """Return as soon as it holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.05)
