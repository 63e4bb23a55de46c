"""Runs on the nodes of a Ray cluster, as the worker sees it. Imports neither torch nor Ray.

Ray ends a process that uses it where its cluster is gone, prints, and takes over SIGTERM; so it has a process
of its own, a bridge (`ray`), which lives as long as the pipe to it. The bridge writes into the runs' folders
what the nodes send, so nothing about a run passes through the pipe but orders and how it ended. A bridge that
has ended is started again with the next run. What is no training stays on this machine: it looks into the
folders of other runs.
"""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import Literal

from trainer.config import RunConfig
from trainer.errors import ExecutorError
from trainer.events import Failed
from trainer.executors.base import ExitStatus, Handle, Resources
from trainer.executors.local import LocalExecutor
from trainer.run_dir import RunDir

SECONDS_TO_CONNECT = 60.0
SECONDS_TO_END = 10.0
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}
"""No statistics to anybody; a run that asks for no GPU sees none."""
_ON_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Ray's own switch for what listens on 127.0.0.1 alone; else it takes the machine's address."""
_GONE = Failed(
    error_type="RayClusterGone",
    message="The connection to the Ray cluster ended; the cluster may be gone.",
    hint="The run waits, and goes on from its last checkpoint once the cluster is there again.",
)


@dataclass(frozen=True)
class Start:
    """To the bridge: carry out this run."""

    handle: Handle
    resources: Resources


@dataclass(frozen=True)
class Ask:
    """To the bridge: stop or kill it."""

    handle: Handle
    wish: Literal["stop", "kill"]


@dataclass(frozen=True)
class Connected:
    """From the bridge: there is a cluster. Where there is none: why."""

    trouble: str = ""


@dataclass(frozen=True)
class Ended:
    """From the bridge: this run has ended, and its folder is complete."""

    handle: Handle
    status: ExitStatus


class RayExecutor:
    """An `Executor` whose runs are trained by the nodes of a Ray cluster."""

    def __init__(self, datasets_dir: Path, address: str) -> None:
        """address: as `ray.init` takes it: auto, local, HOST:PORT or ray://HOST:PORT. Connects with a run."""
        self._datasets_dir = datasets_dir
        self._address = address
        self._bridge: _Bridge | None = None
        self._connecting = Lock()
        self._runs: dict[Handle, _Bridge] = {}
        self._here: LocalExecutor | None = None

    def start(self, run_dir: RunDir, attempt: int, resources: Resources) -> Handle:
        """Have the cluster find a place for the run. Raises ExecutorError where there is no cluster."""
        if not isinstance(run_dir.read_job(), RunConfig):
            self._here = self._here or LocalExecutor(self._datasets_dir)
            return self._here.start(run_dir, attempt, resources)
        with self._connecting:
            bridge = self._connected()
        handle = Handle(RunDir(run_dir.path.absolute()), attempt, bridge.pid)
        self._runs[handle] = bridge
        bridge.send(Start(handle, resources))
        return handle

    def poll(self, handle: Handle) -> ExitStatus | None:
        """How the run ended; None while it goes on, or waits for a place."""
        bridge = self._runs.get(handle)
        return bridge.poll(handle) if bridge else self._local().poll(handle)

    def stop(self, handle: Handle) -> None:
        """Ask the run to end after its step; one that has no place yet ends at once."""
        self._ask(handle, "stop")

    def kill(self, handle: Handle) -> None:
        """End the run's process."""
        self._ask(handle, "kill")

    def close(self) -> None:
        """Leave the cluster, which ends what it carries out for this worker."""
        if self._bridge is not None:
            self._bridge.close()
        if self._here is not None:
            self._here.close()
        self._bridge = self._here = None
        self._runs.clear()

    def _ask(self, handle: Handle, wish: Literal["stop", "kill"]) -> None:
        bridge = self._runs.get(handle)
        if bridge is None:
            getattr(self._local(), wish)(handle)
        elif bridge.poll(handle) is None:
            bridge.send(Ask(handle, wish))

    def _local(self) -> LocalExecutor:
        assert self._here is not None, "it has started the run"
        return self._here

    def _connected(self) -> "_Bridge":
        if self._bridge is None or self._bridge.has_ended:
            if self._bridge is not None:
                self._bridge.close()
            self._bridge = _Bridge(self._datasets_dir, self._address)
        return self._bridge


@dataclass
class _Bridge:
    """The process that uses Ray, and what it has told."""

    datasets_dir: Path
    address: str
    has_ended: bool = False
    _ends: dict[Handle, ExitStatus] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Start it and wait until it is connected. Raises ExecutorError."""
        ours, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), self.address, str(self.datasets_dir.absolute())]
        on_loopback = self.address.removeprefix("ray://").startswith(("127.", "local"))
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "trainer.executors.ray", *arguments],
                env=_ENVIRONMENT | (_ON_LOOPBACK if on_loopback else {}) | os.environ,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._pipe = Connection(ours.detach())
        self.pid = self._process.pid
        if trouble := self._trouble():
            self.close()
            raise ExecutorError(
                f"The Ray cluster ({self.address}) cannot be reached: {trouble}",
                "Start one (ray start --head), or say where it is (--ray-address).",
            )

    def send(self, word: Start | Ask) -> None:
        with self._lock, suppress(BrokenPipeError, ConnectionError):  # poll tells that it has ended
            self._pipe.send(word)

    def poll(self, handle: Handle) -> ExitStatus | None:
        with self._lock:
            self._listen()
            if handle not in self._ends and self.has_ended:
                self._ends[handle] = ExitStatus(None, None, _GONE, machines_fault=True)
            return self._ends.get(handle)

    def close(self) -> None:
        self.has_ended = True
        self._pipe.close()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _trouble(self) -> str:
        if not self._pipe.poll(SECONDS_TO_CONNECT):
            return f"it did not answer within {SECONDS_TO_CONNECT:.0f} s."
        try:
            told: Connected = self._pipe.recv()
        except (EOFError, OSError):
            return "Ray gave up connecting to it."
        return told.trouble

    def _listen(self) -> None:
        try:
            while not self.has_ended and self._pipe.poll():
                told: Ended = self._pipe.recv()
                self._ends[told.handle] = told.status
        except (EOFError, OSError):
            self.has_ended = True
