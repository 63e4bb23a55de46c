"""A Ray cluster as the bridge needs it: the one module that imports Ray, and the bridge's main program.

A run is an actor with the CPUs, GPUs and labels that it asks for; it has the run's process (see `node`). Ray
ends an actor whose owner is gone, so no run trains on for nobody.
"""

import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, GetTimeoutError, RayError, RayTaskError

from trainer import plugins
from trainer.data.cache import DatasetArrays
from trainer.errors import ExecutorError
from trainer.executors.base import Resources
from trainer.executors.bridge import serve
from trainer.executors.cluster import Connected
from trainer.executors.mirror import Seen, Update
from trainer.executors.node import NodeRun, Shipment
from trainer.executors.parcel import Parcel
from trainer.executors.places import ClusterGoneError, Need, NodeLostError

SECONDS_TO_COME_BACK = 30.0
"""How long a node may be out of reach before it counts as lost."""
SECONDS_TO_FALL = 3.0
"""How long after a node its cluster may end and count as the cause."""
_CALLS_AT_ONCE = 4
"""A wish to stop must not wait for a question for news."""
_LOOK_SECONDS = 0.5


class _SilentError(NodeLostError):
    """It may be there again in a moment."""


class RayCluster:
    """A `Cluster`: the connection that this process has."""

    def __init__(self, address: str) -> None:
        """Raises OSError, and what Ray raises, where there is none at that address."""
        _reach(address)
        alone: dict[str, Any] = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
        passed_on = os.environ.get(plugins.ENVIRONMENT)
        environment = {"env_vars": {plugins.ENVIRONMENT: passed_on}} if passed_on else None
        ray.init(
            address=address,
            namespace="betaboard",
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env=environment,
            **(alone if address == "local" else {}),
        )
        self._actor = ray.remote(NodeRun)
        by_client = address.startswith("ray://")
        self._address = address if by_client else str(ray.get_runtime_context().gcs_address)

    def share(self, arrays: DatasetArrays) -> Callable[[], DatasetArrays]:
        """Put it into the object store."""
        try:
            return partial(_fetched, ray.put(arrays))
        except RayError as error:
            raise ExecutorError(
                f"Data set {arrays.info.name!r} cannot be put into Ray's object store: {_first_line(error)}",
                "Start Ray with a larger one: --object-store-memory BYTES.",
            ) from error

    def node(self, need: Need) -> "RayNode":
        """An actor."""
        return RayNode(
            self._actor.options(
                num_cpus=need.cpus,
                num_gpus=need.gpus,
                label_selector=dict(need.labels),
                max_concurrency=_CALLS_AT_ONCE,
                max_restarts=0,
            ).remote(),
            self._address,
        )


class RayNode:
    """A `Node`: one actor."""

    def __init__(self, actor: Any, address: str) -> None:
        """address: of the cluster's head, HOST:PORT."""
        self._actor = actor
        self._address = address
        self._ready = actor.ready.remote()
        self._is_killed = False

    def has_place(self, seconds: float) -> bool:
        """Whether it has its place by then."""
        try:
            self._got(self._ready, seconds)
        except GetTimeoutError:
            return False
        return True

    def begin(self, parcel: Parcel, shipment: Shipment, attempt: int, resources: Resources) -> None:
        """As `NodeRun.begin`."""
        self._got(self._actor.begin.remote(parcel, shipment, attempt, resources))

    def news(self, seen: Seen) -> Update:
        """As `NodeRun.news`; asked again while the node is out of reach, for some time."""
        until = time.monotonic() + SECONDS_TO_COME_BACK
        while True:
            try:
                update: Update = self._got(self._actor.news.remote(seen))
            except _SilentError:
                if time.monotonic() > until:
                    self.kill()
                    raise
                time.sleep(_LOOK_SECONDS)
            else:
                return update

    def stop(self) -> None:
        """As `NodeRun.stop`; not waited for."""
        self._actor.stop.remote()

    def clear(self) -> None:
        """As `NodeRun.clear`."""
        self._got(self._actor.clear.remote())

    def kill(self) -> None:
        """End the actor, and with it the run's process."""
        self._is_killed = True
        ray.kill(self._actor)

    def _got(self, reference: Any, seconds: float | None = None) -> Any:
        try:
            return ray.get(reference, timeout=seconds)
        except GetTimeoutError:
            raise
        except ActorUnavailableError as error:
            raise _SilentError(_first_line(error)) from error
        except RayTaskError as error:
            if isinstance(error.cause, Exception):
                raise error.cause from error
            raise
        except (RayError, ConnectionError) as error:
            if not self._is_killed:
                self._look_for_the_cluster()
            raise NodeLostError(_first_line(error)) from error

    def _look_for_the_cluster(self) -> None:
        """A cluster that ends loses its nodes one by one. Raises ClusterGoneError."""
        until = time.monotonic() + SECONDS_TO_FALL
        while time.monotonic() < until:
            try:
                _reach(self._address)
            except OSError as error:
                raise ClusterGoneError from error
            time.sleep(_LOOK_SECONDS)


def _fetched(reference: Any) -> DatasetArrays:
    arrays: DatasetArrays = ray.get(reference)
    return arrays


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if "dead because" in line or "died because" in line]
    return (told or lines or [type(error).__name__])[0]


def _reach(address: str) -> None:
    """Raises OSError at once where nobody listens at an address; Ray would try for a minute, then exit."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon:
        socket.create_connection((host, int(port)), timeout=10).close()


def main(descriptor: str, address: str, datasets_dir: str) -> None:
    """Serve the worker at the other end of the pipe until it closes; ends the process."""
    pipe = Connection(int(descriptor))
    try:
        cluster = RayCluster(address)
    except Exception as error:
        pipe.send(Connected(trouble=_first_line(error)))
        os._exit(1)
    pipe.send(Connected())
    serve(pipe, cluster, Path(datasets_dir))
    ray.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
