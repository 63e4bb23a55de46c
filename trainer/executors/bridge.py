"""What the process between a worker and a cluster does: each run has a thread that follows it. Imports no Ray.

A thread sends a run to a node, writes what comes back into the run's folder, and tells the worker how it
ended. A data set is shared once, whatever the number of runs. A node whose run has ended keeps its place for
some seconds: the next run that asks for the same begins there at once, with torch at hand.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import Protocol

import numpy as np

from trainer.config import RunConfig
from trainer.data.cache import ARRAYS, DatasetArrays
from trainer.data.sources import load
from trainer.earlier import source_of
from trainer.events import Failed, Log
from trainer.executors.base import ExitStatus, Handle, Resources
from trainer.executors.cluster import Ask, Ended, Start
from trainer.executors.mirror import Mirror, Seen, Update
from trainer.executors.node import Shipment
from trainer.executors.parcel import Parcel, pack
from trainer.failures import failure, is_the_machines
from trainer.run_dir import RunDir

SECONDS_TO_KEEP = 10.0
"""How long a node without a run keeps its place."""
_WORD_AFTER_SECONDS = 5.0
_SECONDS_TO_LEAVE = 5.0
_KILLED = ExitStatus(None, signal.SIGKILL)
_NEVER_BEGUN = ExitStatus(None, signal.SIGTERM)


class NodeLostError(Exception):
    """The node, or the run's keeper on it, ended or is out of reach; the message says what is known."""


class ClusterGoneError(Exception):
    """There is no cluster any more."""


@dataclass(frozen=True)
class Need:
    """What a run asks of a node."""

    cpus: int
    gpus: float
    labels: tuple[tuple[str, str], ...]
    """Names and values; a label without a value is `true`."""

    @classmethod
    def of(cls, config: RunConfig, resources: Resources) -> "Need":
        """A CPU a thread; a run that names CUDA as its device has a GPU."""
        gpus = resources.gpus or (1.0 if config.device == "cuda" else 0.0)
        labels = (label.partition("=")[::2] for label in sorted(resources.labels))
        return cls(
            config.threads or resources.threads,
            gpus,
            tuple((name, value or "true") for name, value in labels),
        )

    def __str__(self) -> str:
        gpus = f", {self.gpus:g} GPU" if self.gpus else ""
        labels = "".join(f", {name}={value}" for name, value in self.labels)
        return f"{self.cpus} CPU{gpus}{labels}"


class Node(Protocol):
    """A place in the cluster, and who carries out runs there: see `ray.RayNode`."""

    def has_place(self, seconds: float) -> bool: ...
    def begin(self, parcel: Parcel, shipment: Shipment, attempt: int, resources: Resources) -> None: ...
    def news(self, seen: Seen) -> Update: ...
    def stop(self) -> None: ...
    def clear(self) -> None: ...
    def kill(self) -> None: ...


class Cluster(Protocol):
    """Where nodes are, and images are shared with them: see `ray.RayCluster`."""

    def share(self, arrays: DatasetArrays) -> Callable[[], DatasetArrays]: ...
    def node(self, need: Need) -> Node: ...


def serve(pipe: Connection, cluster: Cluster, datasets_dir: Path) -> None:
    """Follow the worker's orders until its end of the pipe closes; this process is to end then, and will."""
    places, goods, telling = Places(cluster), Goods(cluster, datasets_dir), Lock()
    following: dict[Handle, Following] = {}

    def tell(word: Ended) -> None:
        following.pop(word.handle, None)
        with telling, suppress(OSError):
            pipe.send(word)

    try:
        while True:
            places.give_back()
            if not pipe.poll(1.0):
                continue
            word: Start | Ask = pipe.recv()
            if isinstance(word, Start):
                following[word.handle] = Following(word, places, goods, tell)
                following[word.handle].begin()
            elif (one := following.get(word.handle)) is not None:
                one.stop() if word.wish == "stop" else one.kill()
    except (EOFError, OSError):
        Thread(target=_leave, daemon=True).start()


def _leave() -> None:
    time.sleep(_SECONDS_TO_LEAVE)
    os._exit(1)


class Places:
    """Nodes: those that keep their place without a run, and new ones."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._free: list[tuple[Need, float, Node]] = []
        self._lock = Lock()

    def find(self, need: Need) -> Node:
        """One with that place; where there is none, all give theirs back, since they may be in the way."""
        with self._lock:
            for one in self._free:
                if one[0] == need:
                    self._free.remove(one)
                    return one[2]
        self.give_back(seconds=0.0)
        return self._cluster.node(need)

    def keep(self, need: Need, node: Node) -> None:
        """For the next run."""
        with self._lock:
            self._free.append((need, time.monotonic(), node))

    def give_back(self, seconds: float = SECONDS_TO_KEEP) -> None:
        """Those that have had no run for so long."""
        with self._lock:
            late = [one for one in self._free if time.monotonic() - one[1] >= seconds]
            self._free = [one for one in self._free if one not in late]
        for _, _, node in late:
            node.kill()


class Goods:
    """Data sets, each shared once."""

    def __init__(self, cluster: Cluster, datasets_dir: Path) -> None:
        self._cluster = cluster
        self._datasets_dir = datasets_dir
        self._shared: dict[tuple[str, str], Shipment] = {}
        self._one_at_a_time = Lock()

    def shipment(self, run_dir: RunDir, config: RunConfig, say: Callable[[str], None]) -> Shipment:
        """What the run trains upon, made or downloaded where it is not here yet. Raises as `load` does."""
        name = config.data.dataset
        with self._one_at_a_time:
            arrays = load(name, self._datasets_dir, say, source_of(run_dir, config))
            known = name, arrays.info.source
            if known not in self._shared:
                plain = {one: np.asarray(getattr(arrays, one)) for one in ARRAYS}
                self._shared[known] = Shipment(*known, self._cluster.share(replace(arrays, **plain)))
            return self._shared[known]


class Following:
    """One attempt at one run, from its order to its end."""

    def __init__(self, order: Start, places: Places, goods: Goods, tell: Callable[[Ended], None]) -> None:
        self._order = order
        self._places = places
        self._goods = goods
        self._node: Node | None = None
        self._begun = Flag()
        self._stop = Flag()
        self._kill = Flag()
        self._tell = tell

    def begin(self) -> None:
        """Follow it in a thread, which tells its end."""
        Thread(target=lambda: self._tell(Ended(self._order.handle, self._status())), daemon=True).start()

    def stop(self) -> None:
        """After its step; at once where it has no place yet."""
        self._stop.set()
        if self._node is not None and self._begun.is_set():
            self._node.stop()

    def kill(self) -> None:
        """At once."""
        self._kill.set()
        if self._node is not None:
            self._node.kill()

    def _status(self) -> ExitStatus:
        try:
            with Mirror(self._order.handle.run_dir) as mirror:
                return self._carried_out(mirror)
        except ClusterGoneError:
            os._exit(1)  # which the worker tells its runs
        except NodeLostError as error:
            return _KILLED if self._kill.is_set() else _lost(error, self._begun.is_set())
        except Exception as error:
            self.kill()
            return ExitStatus(1, None, failure(error), is_the_machines(error))

    def _carried_out(self, mirror: Mirror) -> ExitStatus:
        run_dir, resources = self._order.handle.run_dir, self._order.resources
        config = run_dir.read_config()
        try:
            shipment = self._goods.shipment(run_dir, config, lambda text: mirror.tell(Log(message=text)))
        except Exception as error:
            mirror.tell(failure(error))
            return ExitStatus(1, None)
        need = Need.of(config, resources)
        node = self._node = self._places.find(need)
        if not self._has_place(node, need, mirror):
            node.kill()
            return _KILLED if self._kill.is_set() else _NEVER_BEGUN
        seen = mirror.seen()
        node.begin(pack(run_dir), shipment, self._order.handle.attempt, resources)
        self._begun.set()
        if self._stop.is_set():
            node.stop()
        while True:
            update = node.news(seen)
            seen = mirror.take(update)
            if update.status is not None:
                node.clear()
                self._places.keep(need, node)
                return update.status

    def _has_place(self, node: Node, need: Need, mirror: Mirror) -> bool:
        """Wait for it, and say so where it takes long; False where the run is to end before."""
        asked, told = time.monotonic(), False
        while not node.has_place(0.2):
            if self._stop.is_set() or self._kill.is_set():
                return False
            if not told and time.monotonic() - asked > _WORD_AFTER_SECONDS:
                mirror.tell(Log(message=f"It waits for a node of the Ray cluster with {need}."))
                told = True
        return not (self._stop.is_set() or self._kill.is_set())


def _lost(error: NodeLostError, begun: bool) -> ExitStatus:
    """A run that had not begun there yet just waits for another node."""
    told = Failed(
        error_type="NodeLost",
        message=f"The node of the Ray cluster that trained it was lost: {error}",
        hint="It goes on from the last checkpoint that arrived here.",
    )
    return ExitStatus(None, None, told, machines_fault=not begun)
