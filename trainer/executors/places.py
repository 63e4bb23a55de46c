"""Nodes of a cluster, and what runs need there: places and images. Knows no Ray; `ray` is such a cluster."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np

from trainer.config import RunConfig
from trainer.data.cache import DatasetArrays
from trainer.data.sources import load
from trainer.earlier import source_of
from trainer.executors.base import Resources
from trainer.executors.mirror import Seen, Update
from trainer.executors.node import Shipment
from trainer.executors.parcel import Parcel
from trainer.run_dir import RunDir

SECONDS_TO_KEEP = 10.0
"""How long a node without a run keeps its place."""


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
        gpus = resources.gpus or float(config.device == "cuda")
        named = (label.partition("=")[::2] for label in sorted(resources.labels))
        labels = tuple((name, value or "true") for name, value in named)
        return cls(config.threads or resources.threads or 1, gpus, labels)

    def __str__(self) -> str:
        gpus = f", {self.gpus:g} GPU" if self.gpus else ""
        labels = "".join(f", {name}={value}" for name, value in self.labels)
        return f"{self.cpus} CPU{gpus}{labels}"


class Node(Protocol):
    """A place in the cluster, and who carries out runs there.

    Each call but `kill` raises NodeLostError, ClusterGoneError, or what was raised there.
    """

    def has_place(self, seconds: float) -> bool:
        """Whether it has its place by then."""
        ...

    def begin(self, parcel: Parcel, shipment: Shipment, attempt: int, resources: Resources) -> None:
        """As `NodeRun.begin`."""
        ...

    def news(self, seen: Seen) -> Update:
        """As `NodeRun.news`; while the node is out of reach, it is asked again for some time."""
        ...

    def stop(self) -> None:
        """As `NodeRun.stop`; not waited for."""
        ...

    def clear(self) -> None:
        """As `NodeRun.clear`."""
        ...

    def kill(self) -> None:
        """End whoever is there, and with it the run's process."""
        ...


class Cluster(Protocol):
    """Where nodes are, and where images are shared with them."""

    def share(self, arrays: DatasetArrays) -> Callable[[], DatasetArrays]:
        """Keep a data set for the nodes, as long as the result is held; called there, that gets it.

        Raises ExecutorError.
        """
        ...

    def node(self, need: Need) -> Node:
        """Ask for a place; it may be long until there is one."""
        ...


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
    """Data sets, each shared once: by who has `turn`."""

    def __init__(self, cluster: Cluster, datasets_dir: Path) -> None:
        self._cluster = cluster
        self._datasets_dir = datasets_dir
        self._shared: dict[tuple[str, str], Shipment] = {}
        self.turn = Lock()
        """Held until a place is asked for, too: runs get theirs in order, whatever their images take."""

    def load(self, run_dir: RunDir, config: RunConfig, say: Callable[[str], None]) -> DatasetArrays:
        """What the run trains upon, made or downloaded where it is not here yet. Raises as `sources.load`."""
        return load(config.data.dataset, self._datasets_dir, say, source_of(run_dir, config))

    def shipment(self, arrays: DatasetArrays) -> Shipment:
        """The data set as it travels. Raises ExecutorError where the cluster has no room for it."""
        known = arrays.info.name, arrays.info.source
        if known not in self._shared:
            self._shared[known] = Shipment(*known, self._cluster.share(_unmapped(arrays)))
        return self._shared[known]


def _unmapped(arrays: DatasetArrays) -> DatasetArrays:
    """Plain arrays: a mapped one would name a file of this machine."""
    images = np.asarray(arrays.train_images), np.asarray(arrays.test_images)
    labels = np.asarray(arrays.train_labels), np.asarray(arrays.test_labels)
    return DatasetArrays(arrays.info, images[0], labels[0], images[1], labels[1])
