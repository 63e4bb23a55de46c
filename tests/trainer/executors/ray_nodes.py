"""A Ray cluster of two nodes on this machine, in a process of its own, on 127.0.0.1 and without a dashboard.

Each node has a folder of its own for what it trains, and no other. The second one is called `big`. Whoever
has the `Nodes` may take the second node away, or all; nothing is left in the end.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil
import pytest

from tests.app.real_processes import parent_of, role

MARK = "BETABOARD_TEST_RAY"
HEAD, BIG = "head", "big"
ENVIRONMENT = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "5",
}
_CLUSTER = """
import os, sys
from ray.cluster_utils import Cluster

folder = sys.argv[1]
common = {"num_cpus": 2, "node_ip_address": "127.0.0.1", "object_store_memory": 80 * 2**20}
env = lambda name: {"env_vars": {"BETABOARD_NODE_DIR": os.path.join(folder, name)}}
cluster = Cluster(True, head_node_args={**common, **env("head"), "include_dashboard": False})
add = lambda: cluster.add_node(**common, **env("big"), labels={"big": "true"})
big = add()
print("is at", cluster.address, flush=True)
for line in sys.stdin:
    if line == "lose big\\n":
        cluster.remove_node(big, allow_graceful=False)
    elif line == "add big\\n":
        big = add()
    else:
        break
    print("done", flush=True)
cluster.shutdown()
"""


class Nodes:
    """Use as a context."""

    def __enter__(self) -> "Nodes":
        self._mark = uuid.uuid4().hex
        self._patched = pytest.MonkeyPatch()
        for name, value in {**ENVIRONMENT, "RAY_AUTH_TOKEN": self._mark}.items():
            self._patched.setenv(name, value)  # also for the bridges, which are to use this cluster
        self.folder = Path(tempfile.mkdtemp(prefix="bb-ray-", dir="/tmp"))  # sockets need short names
        own = {MARK: self._mark, "RAY_TMPDIR": str(self.folder)}
        with (self.folder / "said.txt").open("w") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", _CLUSTER, str(self.folder)],
                env=os.environ | own,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        self.address = self._heard("is at ")
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._patched.undo()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        until = time.monotonic() + 30
        while (left := self.processes()) and time.monotonic() < until:
            time.sleep(0.05)
        for process in left:
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert left == []

    def lose(self) -> None:
        """The second node dies, as by a loss of power."""
        self._tell("lose big")

    def add(self) -> None:
        """Another second node joins."""
        self._tell("add big")

    def end(self) -> None:
        """The whole cluster is shut down."""
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.write("end\n")
            self._process.stdin.flush()
            self._process.wait(60)

    def node_dir(self, name: str) -> Path:
        """The folder of `HEAD` or `BIG`."""
        return self.folder / name

    def processes(self) -> list[psutil.Process]:
        """Everything that came from the cluster and lives."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def trainers(self) -> list[psutil.Process]:
        """Children that train: forked by a fork server, so they look like one."""
        servers = [process for process in self.processes() if "fork server" in role(process)]
        pids = {process.pid for process in servers}
        return [process for process in servers if parent_of(process) in pids]

    def _tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        self._heard("done")

    def _heard(self, word: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(word):
                return line.removeprefix(word).strip()
        raise AssertionError((self.folder / "said.txt").read_text())

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self._mark
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            return False
