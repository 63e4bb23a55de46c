"""What the process between a worker and a cluster does: a thread follows each run. Imports no Ray.

A thread sends a run to a node, writes what comes back into the run's folder, and tells the worker how it
ended. A data set is shared once, whatever the number of runs. A node whose run has ended keeps its place for
some seconds: the next run that asks for the same begins there at once, with torch at hand.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread

from trainer.events import Failed, Log
from trainer.executors.base import ExitStatus, Handle
from trainer.executors.cluster import Ask, Ended, Start
from trainer.executors.mirror import Mirror
from trainer.executors.parcel import pack
from trainer.executors.places import Cluster, ClusterGoneError, Goods, Need, Node, NodeLostError, Places
from trainer.failures import failure, is_the_machines

_WORD_AFTER_SECONDS = 5.0
_SECONDS_TO_LEAVE = 5.0
_KILLED = ExitStatus(None, signal.SIGKILL)
_NEVER_BEGUN = ExitStatus(None, signal.SIGTERM)


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
        need = Need.of(config, resources)
        with self._goods.turn:
            try:
                arrays = self._goods.load(run_dir, config, lambda text: mirror.tell(Log(message=text)))
            except Exception as error:
                mirror.tell(failure(error))
                return ExitStatus(1, None)
            shipment = self._goods.shipment(arrays)
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
                with suppress(NodeLostError):  # all of the run has arrived
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
    return ExitStatus(None, None, told, machines_fault=not begun, lost=begun)
