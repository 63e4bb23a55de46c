"""A worker in a thread of this process, with whatever executor a test gives it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Literal

from app.settings import Settings
from app.store.engine import Database
from app.worker.supervisor import Pace, Worker
from trainer.executors.base import Executor

QUICK = Pace(turn_seconds=0.01, stop_grace_seconds=0.2, shutdown_grace_seconds=0.2)


@contextmanager
def working(
    settings: Settings, db: Database, executor: Executor, slots: int | Literal["auto"] = 1
) -> Iterator[Event]:
    """A worker in a thread, told to end and awaited at the end of the block."""
    stop = Event()
    worker = Worker(settings.model_copy(update={"workers": slots}), db, executor, QUICK)
    thread = Thread(target=worker.run_until, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()
