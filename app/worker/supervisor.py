"""The worker's loop: heartbeat, stop requests, slots, the next claim; then again.

One thread does it all, so a worker that hangs also falls silent and its runs are taken from it. Beside it are
only the start of a child, which may wait for the fork server, the judge over lost runs, and the recorder of
what the machine does. Nothing that goes wrong ends the loop: what is one run's own ends that run (slot), and
what is the machine's is waited out.
"""

import logging
import time
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

from app.runs import leases, queue
from app.runs.folders import folder_id
from app.runs.hooks.messenger import Messenger
from app.runs.reaper import Reaper
from app.runs.retries import Retries
from app.runs.sending import Sender
from app.runs.trouble import Trouble, is_machines, reason
from app.settings import Settings
from app.store import files, workers
from app.store.engine import Database
from app.store.tables import Job
from app.worker.executors import executor_for
from app.worker.machine import describe, threads_for
from app.worker.recorder import Recorder
from app.worker.slot import Slot
from trainer.executors.base import Executor, Resources
from trainer.run_dir import RunDir

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How long a worker waits: between two turns of its loop, and for a child that was asked to stop."""

    turn_seconds: float = 0.25
    stop_grace_seconds: float = 10.0
    shutdown_grace_seconds: float = 5.0


def work(settings: Settings, stop: Event) -> None:
    """Be a worker of this installation, whose database is migrated, until `stop` is set.

    Raises SetupError where its executor needs what is not installed.
    """
    executor = executor_for(settings)
    db = Database(settings.url)
    try:
        Worker(settings, db, executor).run_until(stop)
    finally:
        executor.close()
        db.close()


class Worker:
    """Carries out queued runs, as many at a time as `settings.workers` says."""

    def __init__(
        self, settings: Settings, db: Database, executor: Executor, pace: Pace | None = None
    ) -> None:
        """Neither the database nor the executor is closed here: they are the caller's."""
        self._settings = settings
        self._db = db
        self._executor = executor
        self._pace = pace or Pace()
        self._info = describe(settings.workers, settings.label, settings.executor == "ray")
        self._retries = Retries.of(settings)
        self._slots: list[Slot] = []
        self._folder_id = folder_id(settings)
        self._starter, self._courier = Starter(), Starter()
        self._beat_due = 0.0
        self._loop = Trouble("A turn of the worker failed")
        self._starts = Trouble("No run can be started")

    def run_until(self, stop: Event) -> None:
        """Work until `stop` is set, then have the children stop and see them end."""
        judged = Event()
        judge = Thread(target=Reaper(self._db, self._settings).run_until, args=(judged,), name="reaper")
        judge.start()
        recorder = Recorder(self._db, self._info.host)
        messenger = Messenger(self._db, self._settings)
        for name, one in (("recorder", recorder), ("messenger", messenger)):
            Thread(target=one.run_until, args=(judged,), name=name, daemon=True).start()
        try:
            while not stop.is_set():
                self._turn(claiming=True)
                stop.wait(self._pace.turn_seconds)
            self._shut_down()
        finally:
            judged.set()
            self._starter.shutdown()
            self._courier.shutdown()
            judge.join()

    def _shut_down(self) -> None:
        for slot in self._slots:
            slot.request_stop(self._pace.shutdown_grace_seconds, shutdown=True)
        deadline = time.monotonic() + 2 * self._pace.shutdown_grace_seconds + 1
        while self._slots and time.monotonic() < deadline:
            self._turn(claiming=False)
            time.sleep(self._pace.turn_seconds)
        try:
            with self._db.write() as s:
                workers.retire(s, self._info.id)
        except Exception as error:
            _log.warning("The worker could not sign off: %s", reason(error).message)

    def _turn(self, claiming: bool) -> None:
        """One round. What fails in it is tried again in the next one."""
        try:
            self._beat()
            self._step_slots()
            if claiming:
                self._claim()
        except Exception as error:
            self._met(error)
        else:
            self._loop.over()

    def _met(self, error: Exception) -> None:
        if not is_machines(error) and self._loop.is_due:
            _log.exception("This is not an error that was foreseen.")
        self._loop.met(reason(error))

    def _beat(self) -> None:
        """Say that this worker lives; the first time, who it is."""
        if time.monotonic() < self._beat_due:
            return
        with self._db.write() as s:
            workers.beat(s, self._info, self._starts.text)
            files.worked(s, self._folder_id, self._info.host)
            leases.renew(s, self._info.id, leases.held(s, self._info.id, self._attempts()))
        self._beat_due = time.monotonic() + queue.HEARTBEAT_SECONDS

    def _step_slots(self) -> None:
        if not self._slots:
            return
        with self._db.read() as s:
            held = leases.held(s, self._info.id, self._attempts())
        failed: list[Exception] = []
        for slot in tuple(self._slots):
            self._beat()
            if held.get(slot.run_id) is not None:
                slot.request_stop(self._pace.stop_grace_seconds)
            try:
                self._step(slot, held=slot.run_id in held)
            except Exception as error:
                failed.append(error)
        if failed:
            raise failed[0]

    def _step(self, slot: Slot, held: bool) -> None:
        """Step one slot; the first word of a child shows that runs can be started, its trouble that not."""
        trained = slot.trains
        if not slot.step(held):
            self._slots.remove(slot)
            if slot.trouble is not None:
                self._starts.met(slot.trouble)
        if slot.trains and not trained:
            self._starts.over()

    def _claim(self) -> None:
        while len(self._slots) < self._info.slots and self._starts.is_due:
            if any(slot.alone for slot in self._slots):
                return
            with self._db.write() as s:
                offer, idle = workers.offer_of(self._info), not self._slots
                run = queue.claim(s, self._info.id, offer=offer, idle=idle, folder_id=self._folder_id)
            if run is None:
                return
            self._begin(run)

    def _begin(self, run: Job) -> None:
        run_dir = RunDir(self._settings.run_dir(run.id))
        sender = Sender(self._db, self._folder_id, run_dir, run.id, run.attempt, self._courier)
        slot = Slot(self._db, self._executor, run_dir, run.id, run.attempt, sender, self._retries)
        self._slots.append(slot)
        slot.begin(run, self._resources(run), self._starter)
        if slot.trouble is not None:
            self._starts.met(slot.trouble)

    def _resources(self, run: Job) -> Resources:
        return Resources(
            threads_for(run, self._info.threads),
            gpus=float(run.requirements["device"] == "cuda"),
            labels=tuple(run.requirements["labels"]),
            checkpoints=self._settings.checkpoints,
        )

    def _attempts(self) -> dict[int, int]:
        return {slot.run_id: slot.attempt for slot in self._slots}


class Starter(futures.Executor):
    """Does what takes a while beside the worker's loop, one after the other, in threads that do not keep the
    process alive.

    The start of a child waits for the fork server, and that one for its imports; what a run leaves may be
    large to send: a worker that is told to end waits for neither.
    """

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._closed = Event()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        """Call it in a thread of its own, once nothing else goes on."""
        done: futures.Future[Any] = futures.Future()

        def carry_out() -> None:
            with self._one_at_a_time:
                if self._closed.is_set():
                    done.cancel()
                    return
                try:
                    done.set_result(fn(*args, **kwargs))
                except BaseException as error:
                    done.set_exception(error)

        Thread(target=carry_out, name="start", daemon=True).start()
        return done

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:  # noqa: ARG002 (base's)
        """Begin nothing more; what was begun is not waited for."""
        self._closed.set()
